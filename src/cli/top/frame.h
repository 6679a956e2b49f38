#ifndef HINOMI_CLI_TOP_FRAME_H_
#define HINOMI_CLI_TOP_FRAME_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi::cli::top {

/// What a text says beside its words; the terminal's own colours show it.
enum class Tone { kPlain, kDim, kCritical, kWarning, kGood, kRunning };

struct Style {
  Tone tone = Tone::kPlain;
  bool bold = false;
  bool reverse = false;
  bool operator==(const Style&) const = default;
};
constexpr Style kPlain{};
constexpr Style kDim{Tone::kDim};
constexpr Style kBold{Tone::kPlain, true};
constexpr Style kCrit{Tone::kCritical, true};
constexpr Style kWarn{Tone::kWarning, true};

struct Span {
  std::string text;
  Style style = {};
  bool operator==(const Span&) const = default;
};

/// One row of the screen, from the left.
using Line = std::vector<Span>;
using Lines = std::vector<Line>;

struct Cursor {
  size_t row = 0;
  size_t column = 0;
  bool operator==(const Cursor&) const = default;
};

/// A whole screen.
struct Frame {
  Lines lines;
  std::optional<Cursor> cursor;  ///< Where text is entered.
};

size_t WidthOf(const Line& line);
/// At most so many columns; what was cut off is told by "…".
std::string Clip(std::string_view text, size_t columns);
Line Clip(const Line& line, size_t columns);
/// Exactly so many columns: cut or filled with blanks.
std::string Fit(std::string_view text, size_t columns);
/// `left`, then `right` at the right edge; where both do not fit, `left` is cut.
Line Spread(const Line& left, const Line& right, size_t columns);
/// Lines of at most so many columns. Latin words stay whole where they can;
/// Japanese breaks anywhere but before its closing marks.
std::vector<std::string> Wrap(std::string_view text, size_t columns);

/// The words alone, a line each, without blanks at their ends.
std::string ToText(const Frame& frame);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_FRAME_H_
