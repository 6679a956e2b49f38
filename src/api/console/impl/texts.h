#ifndef HINOMI_API_CONSOLE_IMPL_TEXTS_H_
#define HINOMI_API_CONSOLE_IMPL_TEXTS_H_

#include <string_view>

#include "base/json.h"
#include "base/result.h"

/// What people may write. The journal and the store take only text; whatever
/// they would refuse is refused here, with the name of the field.
namespace hinomi::api::impl {

inline constexpr size_t kLineBytes = 1024;       ///< Titles, names, keys.
inline constexpr size_t kTextBytes = 16u << 10;  ///< Notes.

/// UTF-8 without control characters, at most `kLineBytes`. kInvalidArgument
/// says what is wrong with `what`, and never repeats the text.
Status CheckLine(std::string_view what, std::string_view text);
/// The same with line breaks and tabs, at most `kTextBytes`.
Status CheckNote(std::string_view what, std::string_view text);

/// A command's members: "text" and "reason" are notes, all other texts lines.
/// Members are texts, numbers or truth values.
Status CheckArguments(const Json& arguments);

/// A name for a new user: a line, and not the server's own or one that stands
/// for a contact's address.
Status CheckUserName(std::string_view name);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_TEXTS_H_
