#ifndef HINOMI_POLICY_SECRETS_H_
#define HINOMI_POLICY_SECRETS_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/files.h"

/// Secrets stand outside the ops folder: a value that is `${env:NAME}` or
/// `${file:/path}` names where. Documents and the journal keep the reference;
/// whoever sends resolves it, and never logs what it got.
namespace hinomi::policy {

/// Value of an environment variable, or nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
/// That of this process.
Environment ProcessEnvironment();

/// True for `${env:NAME}` and `${file:/path}` in good form.
bool IsReference(std::string_view value);
/// What is wrong with a value that looks like a reference ("${" in it), or nothing.
std::optional<std::string> CheckReference(std::string_view value);

/// The variable NAME of "${env:NAME}" that is unset or empty; "" for all else.
std::string MissingVariable(std::string_view value, const Environment& environment);

/// What a reference stands for, without line breaks at its end; any other value
/// as it is. Errors: kNotFound, naming the variable or file, never its content;
/// an empty value counts as not set.
Result<std::string> ResolveReference(std::string_view value, Files& files,
                                     const Environment& environment);

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_SECRETS_H_
