#include "templates/alert_text.h"

#include <utility>

namespace hinomi::templates {
namespace {

// As Prometheus puts them before the text, on its first line: columns in its messages count them.
constexpr std::string_view kVariables =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
    "{{$externalURL := .ExternalURL}}{{$value := .Value}}";

Value DataOf(const AlertData& data, const Context& context) {
  auto object = std::make_shared<Object>();
  object->type =
      "struct { Labels map[string]string; ExternalLabels map[string]string; "
      "ExternalURL string; Value interface {} }";
  object->is_struct = true;
  object->members = {{"Labels", TextMap(data.labels)},
                     {"ExternalLabels", TextMap(data.external_labels)},
                     {"ExternalURL", Value(context.external_url)},
                     {"Value", data.value}};
  return Value(Value::ObjectPtr(std::move(object)));
}

}  // namespace

std::variant<AlertText, ParseProblem> AlertText::Parse(const std::string& alert, std::string text) {
  AlertText made;
  made.name_ = "__alert_" + alert;
  if (text.find("{{") == std::string::npos) {
    made.plain_ = std::move(text);
    return made;
  }
  auto parsed = Template::Parse(made.name_, std::string(kVariables) + text);
  if (auto* problem = std::get_if<ParseProblem>(&parsed)) {
    const size_t before = std::min(problem->offset, kVariables.size());
    return ParseProblem{problem->offset - before, std::move(problem->message)};
  }
  made.template_ = std::get<Template>(std::move(parsed));
  return made;
}

std::string AlertText::Expand(const AlertData& data, const Context& context) const {
  if (!template_) return plain_;
  Result<std::string> text = template_->Execute(DataOf(data, context), context);
  if (text) return *std::move(text);
  return "<error expanding template: error executing template " + name_ + ": " +
         text.error().message + ">";
}

}  // namespace hinomi::templates
