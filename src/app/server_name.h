#ifndef HINOMI_APP_SERVER_NAME_H_
#define HINOMI_APP_SERVER_NAME_H_

#include <string>

#include "base/result.h"
#include "os/files.h"

namespace hinomi::app {

/// This machine's name; "localhost" if it has none.
std::string HostName();

/// A name that is the same at each start on a data directory, and nowhere else:
/// random, kept in its file "server-id", and with the host's name, so that a
/// machine cloned with its disk is another one. Errors: of the file system.
Result<std::string> ServerName(Files& files, const std::string& data_directory);

}  // namespace hinomi::app

#endif  // HINOMI_APP_SERVER_NAME_H_
