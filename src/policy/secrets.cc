#include "policy/secrets.h"

#include <cstdlib>

namespace hinomi::policy {
namespace {

constexpr uint64_t kMaxSecretBytes = 64 << 10;

struct Reference {
  bool file = false;
  std::string name;
};

bool IsVariableName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

std::optional<Reference> ParseReference(std::string_view value) {
  if (!value.starts_with("${") || !value.ends_with('}')) return std::nullopt;
  value = value.substr(2, value.size() - 3);
  if (value.starts_with("env:") && IsVariableName(value.substr(4))) {
    return Reference{false, std::string(value.substr(4))};
  }
  if (value.starts_with("file:/") && value.find('}') == std::string_view::npos) {
    return Reference{true, std::string(value.substr(5))};
  }
  return std::nullopt;
}

Result<std::string> ReadSecretFile(Files& files, const std::string& path) {
  HN_TRY(const std::unique_ptr<File> file, files.Open(path, OpenMode::kRead));
  HN_TRY(std::string content, file->ReadAt(0, kMaxSecretBytes));
  return content;
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

bool IsReference(std::string_view value) {
  return ParseReference(value).has_value();
}

std::optional<std::string> CheckReference(std::string_view value) {
  if (value.find("${") == std::string_view::npos || IsReference(value)) return std::nullopt;
  return "expected a reference of the form ${env:NAME} or ${file:/path} as the whole value, got "
         "\"" +
         std::string(value) + "\"";
}

std::string MissingVariable(std::string_view value, const Environment& environment) {
  const auto reference = ParseReference(value);
  if (!reference || reference->file) return {};
  return environment(reference->name).value_or("").empty() ? reference->name : std::string();
}

Result<std::string> ResolveReference(std::string_view value, Files& files,
                                     const Environment& environment) {
  const auto reference = ParseReference(value);
  if (!reference) return std::string(value);
  std::string content;
  if (reference->file) {
    Result<std::string> read = ReadSecretFile(files, reference->name);
    if (!read)
      return NotFound("the secret file " + reference->name +
                      " cannot be read: " + read.error().message);
    content = *std::move(read);
  } else {
    const auto variable = environment(reference->name);
    if (!variable) return NotFound("the environment variable " + reference->name + " is not set");
    content = *variable;
  }
  while (content.ends_with('\n') || content.ends_with('\r')) content.pop_back();
  if (content.empty()) {
    return NotFound((reference->file ? "the secret file " : "the environment variable ") +
                    reference->name + " is empty");
  }
  return content;
}

}  // namespace hinomi::policy
