#ifndef HINOMI_POLICY_IMPL_PLACED_TEXT_H_
#define HINOMI_POLICY_IMPL_PLACED_TEXT_H_

#include <functional>
#include <string>
#include <string_view>

#include "policy/binder.h"

namespace hinomi::policy::impl {

/// A text in a language of its own, such as PromQL. `parse` gives its mistake as "1:5: what is
/// wrong", which is shown at that place of the file. `prefix` introduces the message.
FormPtr<std::string> PlacedText(TextRules rules, std::string prefix,
                                std::function<Status(std::string_view)> parse);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_PLACED_TEXT_H_
