#ifndef HINOMI_METRICS_IMPL_PAGE_WALK_H_
#define HINOMI_METRICS_IMPL_PAGE_WALK_H_

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "metrics/impl/exposition_line.h"

namespace hinomi::metrics {

/// What is said of the sample that a page has beyond its limit.
inline Error TooManySamples(size_t limit) {
  return Exhausted("the page has more than the limit of " + std::to_string(limit) + " samples");
}

/// Gives a page line by line to `sink`: `OnSample(line)` and `OnComment(line)` (one
/// that begins with `#`), without blanks in front where the style is lenient, and
/// `OnEnd()` at an OpenMetrics page's `# EOF`. Each answers with a Status; the first
/// error ends the walk, with its line's number. `TakeKnown(page)` may take the first
/// line of what is left before anybody looks for its end, and returns its bytes with
/// the line feed, or 0. Template: no call may cost a line more than it takes to
/// compare it.
template <typename Sink>
class PageWalk {
 public:
  PageWalk(LineStyle style, Sink& sink) : style_(style), sink_(sink) {}

  Status Run(std::string_view page) {
    size_t number = 0;
    while (!page.empty()) {
      ++number;
      if (const size_t taken = ended_ ? 0 : sink_.TakeKnown(page); taken > 0) {
        page.remove_prefix(taken);
        continue;
      }
      const size_t end = page.find('\n');
      const bool fed = end != std::string_view::npos;
      Status status = Line(page.substr(0, end), fed);
      page.remove_prefix(fed ? end + 1 : page.size());
      if (!status) [[unlikely]]
        return std::move(status).error().WithContext("line " + std::to_string(number));
    }
    if (style_.openmetrics && !ended_)
      return InvalidArgument("line " + std::to_string(number + 1) +
                             ": the page ends without # EOF; it may have been cut");
    return {};
  }

 private:
  Status Line(std::string_view line, bool fed) {
    if (ended_) return InvalidArgument("text after # EOF");
    if (style_.openmetrics && (line == "# EOF" || (!style_.strict && line == "# EOF\r"))) {
      ended_ = true;
      return sink_.OnEnd();
    }
    if (style_.strict && !fed) return InvalidArgument("the line has no line feed");
    if (style_.strict && line.ends_with('\r'))
      return InvalidArgument("the line ends with a carriage return");
    if (!style_.strict) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    }
    if (line.empty()) {
      if (style_.strict) return InvalidArgument("an empty line");
      return {};
    }
    return line[0] == '#' ? sink_.OnComment(line) : sink_.OnSample(line);
  }

  LineStyle style_;
  Sink& sink_;
  bool ended_ = false;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_PAGE_WALK_H_
