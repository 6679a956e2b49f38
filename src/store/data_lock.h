#ifndef HINOMI_STORE_DATA_LOCK_H_
#define HINOMI_STORE_DATA_LOCK_H_

#include <memory>
#include <string>

#include "base/result.h"

namespace hinomi::store {

/// Keeps a data directory for one server: `flock` on the file `lock` in it,
/// which the kernel lets go of when the process dies, however it dies.
class DataLock {
 public:
  /// Errors: kConflict, naming the process that has the directory.
  static Result<std::unique_ptr<DataLock>> Take(const std::string& directory);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

 private:
  explicit DataLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace hinomi::store

#endif  // HINOMI_STORE_DATA_LOCK_H_
