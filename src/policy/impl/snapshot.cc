#include "policy/impl/snapshot.h"

#include "base/digest.h"
#include "policy/watch.h"

namespace hinomi::policy {
namespace impl {
namespace {

constexpr size_t kMaxFiles = 2'000;

RawFile ReadFile(Files& files, const std::string& path) {
  RawFile raw;
  const auto fail = [&raw](std::string problem) {
    raw.problem = std::move(problem);
    return raw;
  };
  Result<std::unique_ptr<File>> file = files.Open(path, OpenMode::kRead);
  if (!file) return fail("cannot be read: " + file.error().message);
  const Result<uint64_t> size = (*file)->Size();
  if (!size) return fail("cannot be read: " + size.error().message);
  if (*size > kMaxFileBytes) {
    return fail("is larger than " + std::to_string(kMaxFileBytes >> 20) +
                " MiB; a document of an ops folder is never that large");
  }
  Result<std::string> content = (*file)->ReadAt(0, *size);
  if (!content) return fail("cannot be read: " + content.error().message);
  raw.content = *std::move(content);
  return raw;
}

bool IsHidden(std::string_view name) {
  return name.starts_with('.') || name.ends_with('~') || name.starts_with('#');
}

/// Files of a folder inside the folder, if it is there.
void AddFolder(Files& files, const std::string& directory, const std::string& name,
               std::string_view ending, Snapshot& snapshot) {
  const Result<std::vector<std::string>> names = files.List(directory + "/" + name);
  if (!names) {
    snapshot.others.push_back(name);
    return;
  }
  for (const std::string& file : *names) {
    const std::string path = name + "/" + file;
    if (IsHidden(file)) continue;
    if (!file.ends_with(ending)) {
      snapshot.others.push_back(path);
    } else if (snapshot.files.size() < kMaxFiles) {
      snapshot.files[path] = ReadFile(files, directory + "/" + path);
    }
  }
}

std::string DigestOf(const Snapshot& snapshot) {
  std::string all;
  for (const auto& [name, file] : snapshot.files) {
    all += std::to_string(name.size()) + ":" + name + std::to_string(file.content.size()) + ":" +
           file.content + file.problem;
  }
  return ToHex(Sha256(all));
}

}  // namespace

Result<Snapshot> ReadOnce(Files& files, const std::string& directory) {
  Result<std::vector<std::string>> names = files.List(directory);
  if (!names) {
    return std::move(names).error().WithContext("the ops folder " + directory + " cannot be read");
  }
  Snapshot snapshot;
  for (const std::string& name : *names) {
    if (IsHidden(name)) continue;
    if (name == "runbooks") {
      AddFolder(files, directory, name, ".yml", snapshot);
    } else if (name == "scripts") {
      AddFolder(files, directory, name, "", snapshot);
    } else if (name.ends_with(".yml") || name == "dns-failover.json") {
      snapshot.files[name] = ReadFile(files, directory + "/" + name);
    } else {
      snapshot.others.push_back(name);
    }
  }
  snapshot.digest = DigestOf(snapshot);
  return snapshot;
}

Result<Snapshot> TakeSnapshot(Files& files, const std::string& directory) {
  HN_TRY(Snapshot before, ReadOnce(files, directory));
  for (int i = 0; i < 4; ++i) {
    HN_TRY(Snapshot after, ReadOnce(files, directory));
    if (after.digest == before.digest) return after;
    before = std::move(after);
  }
  return Conflict("the ops folder " + directory +
                  " keeps changing while it is read; try again when it is at rest");
}

}  // namespace impl

Result<std::string> FolderDigest(Files& files, const std::string& directory) {
  HN_TRY(impl::Snapshot snapshot, impl::ReadOnce(files, directory));
  return std::move(snapshot.digest);
}

}  // namespace hinomi::policy
