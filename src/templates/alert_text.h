#ifndef HINOMI_TEMPLATES_ALERT_TEXT_H_
#define HINOMI_TEMPLATES_ALERT_TEXT_H_

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "templates/template.h"

namespace hinomi::templates {

/// What the text of an alert may speak of.
struct AlertData {
  std::map<std::string, std::string> labels;  ///< Of the series, with its metric's name.
  std::map<std::string, std::string> external_labels;
  Value value;  ///< A number; of a native histogram its text.
};

/// A label or an annotation of an alerting rule, as Prometheus expands it: with $labels, $value,
/// $externalLabels and $externalURL. Immutable and cheap to copy; threads: any.
class AlertText {
 public:
  /// The problem's offset is one in `text`.
  static std::variant<AlertText, ParseProblem> Parse(const std::string& alert, std::string text);

  /// Never fails: what goes wrong is the text, in Prometheus' words ("<error expanding template:
  /// error executing template __alert_NAME: …>").
  std::string Expand(const AlertData& data, const Context& context) const;
  bool queries() const { return template_ && template_->queries(); }

 private:
  std::string name_;
  std::string plain_;                 ///< A text without actions.
  std::optional<Template> template_;  ///< Nothing for a plain text.
};

}  // namespace hinomi::templates

#endif  // HINOMI_TEMPLATES_ALERT_TEXT_H_
