#include "policy/impl/example_folder.h"
#include "policy/policy.h"

namespace hinomi::policy {

Result<std::vector<std::string>> WriteExampleFolder(Files& files, const std::string& directory) {
  for (const EmbeddedFile& file : impl::ExampleFiles()) {
    const std::string path = directory + "/" + std::string(file.name);
    if (files.Exists(path)) {
      return Conflict("the example was not written, because " + path +
                      " exists; choose an empty directory");
    }
  }
  std::vector<std::string> written;
  for (const EmbeddedFile& file : impl::ExampleFiles()) {
    const std::string path = directory + "/" + std::string(file.name);
    HN_TRY_VOID(files.MakeDirectories(path.substr(0, path.rfind('/'))));
    HN_TRY_VOID(files.WriteAtomically(path, file.content));
    written.emplace_back(file.name);
  }
  return written;
}

}  // namespace hinomi::policy
