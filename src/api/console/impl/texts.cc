#include "api/console/impl/texts.h"

#include <algorithm>
#include <string>

#include "base/strings.h"
#include "control/personal.h"

namespace hinomi::api::impl {
namespace {

Status Check(std::string_view what, std::string_view text, size_t most, bool lines) {
  const std::string name(what);
  if (text.size() > most)
    return InvalidArgument(name + ": " + std::to_string(text.size()) + " bytes; at most " +
                           std::to_string(most) + " are allowed");
  if (!IsValidUtf8(text)) return InvalidArgument(name + ": expected UTF-8 text");
  const bool control = std::any_of(text.begin(), text.end(), [lines](char c) {
    const auto byte = static_cast<uint8_t>(c);
    if (lines && (c == '\n' || c == '\r' || c == '\t')) return false;
    return byte < 0x20 || byte == 0x7F;
  });
  if (!control) return {};
  return InvalidArgument(name + (lines ? ": holds control characters"
                                       : ": expected one line without control characters"));
}

}  // namespace

Status CheckLine(std::string_view what, std::string_view text) {
  return Check(what, text, kLineBytes, false);
}

Status CheckNote(std::string_view what, std::string_view text) {
  return Check(what, text, kTextBytes, true);
}

Status CheckArguments(const Json& arguments) {
  for (const auto& [name, value] : arguments.as_object()) {
    HN_TRY_VOID(CheckLine("a member's name", name));
    if (value.is_object() || value.is_array())
      return InvalidArgument(name + ": expected text, a number, true or false");
    const bool note = name == "text" || name == "reason";
    HN_TRY_VOID(note ? CheckNote(name, value.as_string()) : CheckLine(name, value.as_string()));
  }
  return {};
}

Status CheckUserName(std::string_view name) {
  if (name.empty()) return InvalidArgument("user: expected a name");
  HN_TRY_VOID(CheckLine("user", name));
  if (name == "hinomi" || name.starts_with(control::ContactPerson("")))
    return InvalidArgument("user: " + std::string(name) +
                           " is a name of Hinomi's own; choose another");
  return {};
}

}  // namespace hinomi::api::impl
