#ifndef HINOMI_POLICY_IMPL_PLACED_TEXT_H_
#define HINOMI_POLICY_IMPL_PLACED_TEXT_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "policy/binder.h"

namespace hinomi::policy::impl {

/// A text in a language of its own, such as PromQL. `parse` gives its mistake as "1:5: what is
/// wrong", which is shown at that place of the file. `prefix` introduces the message.
FormPtr<std::string> PlacedText(TextRules rules, std::string prefix,
                                std::function<Status(std::string_view)> parse);

/// Reports such a mistake of a scalar. `message` is "1:5: what is wrong".
void MistakeWithin(Reader& reader, const yaml::Node& scalar, const std::string& path,
                   const std::string& prefix, std::string_view message);

/// The same for a text that becomes a value of another kind.
template <typename T>
class PlacedValueForm : public Form<T> {
 public:
  using Parse = std::function<Result<T>(std::string_view)>;
  PlacedValueForm(TextRules rules, std::string prefix, Parse parse)
      : text_(Text(std::move(rules))), prefix_(std::move(prefix)), parse_(std::move(parse)) {}

  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            T& out) const override {
    std::string text;
    if (!text_->Read(reader, node, path, text)) return false;
    Result<T> parsed = parse_(text);
    if (parsed) {
      out = *std::move(parsed);
    } else {
      MistakeWithin(reader, node, path, prefix_, parsed.error().message);
    }
    return parsed.has_value();
  }
  Json Schema() const override { return text_->Schema(); }

 private:
  FormPtr<std::string> text_;
  std::string prefix_;
  Parse parse_;
};

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_PLACED_TEXT_H_
