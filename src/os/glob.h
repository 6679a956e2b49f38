#ifndef HINOMI_OS_GLOB_H_
#define HINOMI_OS_GLOB_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/files.h"

namespace hinomi {

/// The paths that exist and match `pattern`, sorted: `*`, `?` and `[…]` stand for characters
/// of one name, in any part of the path (as Go's filepath.Glob, which Prometheus uses). A
/// relative pattern is looked up in `base` ("": where the process runs), and its paths are
/// relative to it again; an absolute one is taken as it is. A directory that cannot be read matches
/// nothing. Errors: kInvalidArgument for a `[` without its end; kExhausted beyond `most` paths.
Result<std::vector<std::string>> Glob(Files& files, const std::string& base,
                                      std::string_view pattern, size_t most = 10'000);

}  // namespace hinomi

#endif  // HINOMI_OS_GLOB_H_
