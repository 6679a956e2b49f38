#include "app/server_name.h"

#include <unistd.h>

#include "base/strings.h"
#include "os/entropy.h"

namespace hinomi::app {

std::string HostName() {
  char name[256] = "localhost";
  ::gethostname(name, sizeof name - 1);
  return name;
}

Result<std::string> ServerName(Files& files, const std::string& data_directory) {
  const std::string path = data_directory + "/server-id";
  if (!files.Exists(path)) {
    const std::string bytes = SecureRandomBytes(8);
    HN_TRY_VOID(files.WriteAtomically(
        path, HexEncode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}) + "\n"));
  }
  HN_TRY(const std::string id, files.ReadAll(path));
  return HostName() + "/" + std::string(Trim(id));
}

}  // namespace hinomi::app
