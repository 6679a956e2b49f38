#ifndef HINOMI_OS_ERRNO_ERROR_H_
#define HINOMI_OS_ERRNO_ERROR_H_

#include <string>

#include "base/result.h"

namespace hinomi {

/// "what: reason" of the present errno, with the code that fits it: a full disk
/// is kExhausted, a missing file kNotFound, a refused connection kUnavailable.
Error ErrnoError(std::string what);

}  // namespace hinomi

#endif  // HINOMI_OS_ERRNO_ERROR_H_
