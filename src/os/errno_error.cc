#include "os/errno_error.h"

#include <cerrno>
#include <cstring>

namespace hinomi {

Error ErrnoError(std::string what) {
  const int number = errno;
  ErrorCode code = ErrorCode::kInternal;
  switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      code = ErrorCode::kNotFound;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = ErrorCode::kDenied;
      break;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      code = ErrorCode::kExhausted;
      break;
    case EEXIST:
    case EADDRINUSE:
    case EBUSY:
      code = ErrorCode::kConflict;
      break;
    case ETIMEDOUT:
      code = ErrorCode::kTimeout;
      break;
    case EAGAIN:
    case EIO:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPIPE:
      code = ErrorCode::kUnavailable;
      break;
    case EINVAL:
      code = ErrorCode::kInvalidArgument;
      break;
    default:
      break;
  }
  return Error{code, std::move(what) + ": " + std::strerror(number)};
}

}  // namespace hinomi
