#include "policy/impl/alert_forms.h"

#include <algorithm>

#include "policy/impl/placed_text.h"
#include "promql/parser.h"
#include "templates/alert_text.h"

namespace hinomi::policy::impl {
namespace {

/// As Prometheus reads durations: also a bare 0.
class RuleTimeForm : public Form<Duration> {
 public:
  explicit RuleTimeForm(Duration most) : time_(Time({.most = most})) {}
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            Duration& out) const override {
    if (node.kind == yaml::Kind::kInt && node.text == "0") {
      out = Duration();
      return true;
    }
    return time_->Read(reader, node, path, out);
  }
  Json Schema() const override { return time_->Schema(); }

 private:
  FormPtr<Duration> time_;
};

/// Where a byte of a text stands, both from 1.
struct LineAndColumn {
  int line = 1;
  int column = 1;
};

LineAndColumn PlaceOfByte(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  const size_t in_line = newline == std::string_view::npos ? offset : offset - newline - 1;
  return {1 + static_cast<int>(std::ranges::count(before, '\n')), 1 + static_cast<int>(in_line)};
}

}  // namespace

FormPtr<Duration> RuleTime(Duration most) {
  return std::make_shared<RuleTimeForm>(most);
}

FormPtr<std::string> PromqlText() {
  return PlacedText({.what = "a PromQL expression", .any_scalar = true},
                    "the expression cannot be read", [](std::string_view text) -> Status {
                      HN_TRY_VOID(promql::Parse(text));
                      return {};
                    });
}

void CheckAlertTexts(Reader& reader, const yaml::Member* mapping, const std::string& path,
                     const std::string& alert) {
  if (mapping == nullptr) return;
  for (const yaml::Member& text : mapping->value.members) {
    if (!text.value.is_scalar()) continue;
    const auto parsed = templates::AlertText::Parse(alert, text.value.text);
    const auto* problem = std::get_if<templates::ParseProblem>(&parsed);
    if (problem == nullptr) continue;
    const LineAndColumn at = PlaceOfByte(text.value.text, problem->offset);
    reader.Mistake(reader.PlaceWithin(text.value, at.line, at.column),
                   yaml::PathKey(path, text.key),
                   "the template cannot be read: " + std::to_string(at.line) + ":" +
                       std::to_string(at.column) + ": " + problem->message);
  }
}

}  // namespace hinomi::policy::impl
