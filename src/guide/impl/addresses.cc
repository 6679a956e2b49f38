#include "guide/impl/addresses.h"

#include <algorithm>

#include "base/strings.h"
#include "guide/impl/anchors.h"

namespace hinomi::guide::impl {
namespace {

constexpr std::string_view kSchemas = "../../schemas/";
constexpr std::string_view kSchemaEnd = ".schema.json";

bool HasPage(std::span<const Source> book, std::string_view name) {
  return std::ranges::find(book, name, &Source::name) != book.end();
}

/// "alarms.md" → "alarms", "README.md" → "./".
std::string PageOfFile(std::string_view file) {
  constexpr std::string_view kFirst = "README.md";
  const size_t slash = file.rfind('/');
  const std::string folder(file.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
  const std::string_view name = file.substr(folder.size());
  if (name == kFirst) return folder.empty() ? "./" : folder;
  return folder + std::string(name.substr(0, name.size() - 3));
}

}  // namespace

std::vector<std::string> ListedFiles(std::string_view markdown) {
  std::vector<std::string> files;
  for (size_t at = markdown.find("]("); at != std::string_view::npos;
       at = markdown.find("](", at + 1)) {
    const size_t from = at + 2;
    const std::string_view address = markdown.substr(from, markdown.find(')', from) - from);
    const std::string file(address.substr(0, address.find('#')));
    if (file.ends_with(".md") && file.find('/') == std::string::npos && file != "README.md" &&
        std::ranges::find(files, file) == files.end())
      files.push_back(file);
  }
  return files;
}

std::string ServedAddress(std::string_view address, std::span<const Source> book,
                          std::string_view page,
                          const std::map<std::string, std::string>& reference_anchors) {
  const size_t hash = address.find('#');
  const std::string_view file = address.substr(0, hash);
  const std::string anchor(hash == std::string_view::npos ? "" : address.substr(hash + 1));
  if (file.starts_with(kSchemas) && file.ends_with(kSchemaEnd)) {
    std::string name(file.substr(kSchemas.size()));
    name.resize(name.size() - kSchemaEnd.size());
    return "reference-yaml#" + Anchors().Next(name == "runbook" ? "runbooks/*.yml" : name + ".yml");
  }
  if (file == "reference.md" || (file.empty() && page == "reference")) {
    const auto english = reference_anchors.find(anchor);
    const std::string name =
        "reference-" + (english == reference_anchors.end() ? anchor : english->second);
    if (HasPage(book, name)) return name;
  }
  if (!file.ends_with(".md") || file.find(':') != std::string_view::npos)
    return std::string(address);
  return PageOfFile(file) + (anchor.empty() ? "" : "#" + anchor);
}

}  // namespace hinomi::guide::impl
