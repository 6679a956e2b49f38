#include "os/glob.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/strings.h"

namespace hinomi {
namespace {

bool HasWildcard(std::string_view part) {
  return part.find_first_of("*?[") != std::string_view::npos;
}

/// Each `[` of a part has its `]`, with at least one character between.
bool BracketsClose(std::string_view part) {
  for (size_t at = 0; at < part.size(); ++at) {
    if (part[at] == '\\') {
      ++at;
      continue;
    }
    if (part[at] != '[') continue;
    at += at + 1 < part.size() && (part[at + 1] == '^' || part[at + 1] == '!') ? 2 : 1;
    at = part.find(']', at + 1);
    if (at == std::string_view::npos) return false;
  }
  return true;
}

std::string Joined(const std::string& directory, const std::string& name) {
  if (directory.empty() || directory.ends_with('/')) return directory + name;
  return directory + "/" + name;
}

}  // namespace

Result<std::vector<std::string>> Glob(Files& files, const std::string& base,
                                      std::string_view pattern, size_t most) {
  const bool absolute = pattern.starts_with('/');
  const auto real = [&](const std::string& path) { return absolute ? path : Joined(base, path); };
  std::vector<std::string> paths = {absolute ? "/" : ""};
  for (const std::string_view part : Split(pattern, '/')) {
    if (part.empty()) continue;
    if (!BracketsClose(part)) {
      return InvalidArgument("the pattern \"" + std::string(pattern) +
                             "\" has a \"[\" without its \"]\"");
    }
    const std::string wanted(part);
    std::vector<std::string> next;
    for (const std::string& path : paths) {
      if (!HasWildcard(part)) {
        next.push_back(Joined(path, wanted));
        continue;
      }
      const std::string directory = real(path);
      const Result<std::vector<std::string>> names =
          files.List(directory.empty() ? "." : directory);
      if (!names) continue;
      for (const std::string& name : *names)
        if (::fnmatch(wanted.c_str(), name.c_str(), 0) == 0) next.push_back(Joined(path, name));
    }
    if (next.size() > most) {
      return Exhausted("the pattern \"" + std::string(pattern) + "\" matches more than " +
                       std::to_string(most) + " paths; make it narrower");
    }
    paths = std::move(next);
  }
  std::erase_if(paths, [&](const std::string& path) {
    return path.empty() || path == "/" || !files.Exists(real(path));
  });
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace hinomi
