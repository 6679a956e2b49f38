#ifndef HINOMI_IDENTITY_TESTING_H_
#define HINOMI_IDENTITY_TESTING_H_

#include <map>
#include <string>

#include "base/mutex.h"
#include "identity/value_table.h"

namespace hinomi::identity {

/// Value tables in memory, which can be told to fail. Threads: any.
class MemoryTable : public ValueTable {
 public:
  Status Put(const std::string& table, const std::string& key, const std::string& value) override {
    MutexLock lock(mutex_);
    if (failing_) return Unavailable("the state store is gone");
    tables_[table][key] = value;
    return {};
  }
  Status Delete(const std::string& table, const std::string& key) override {
    MutexLock lock(mutex_);
    if (failing_) return Unavailable("the state store is gone");
    tables_[table].erase(key);
    return {};
  }
  Result<std::vector<std::pair<std::string, std::string>>> List(const std::string& table) override {
    MutexLock lock(mutex_);
    if (failing_) return Unavailable("the state store is gone");
    const auto& rows = tables_[table];
    return std::vector<std::pair<std::string, std::string>>(rows.begin(), rows.end());
  }

  void FailFromNowOn(bool failing) {
    MutexLock lock(mutex_);
    failing_ = failing;
  }
  /// Every key and value that is stored, for tests that look for secrets.
  std::string Everything() const {
    MutexLock lock(mutex_);
    std::string all;
    for (const auto& [name, rows] : tables_) {
      for (const auto& [key, value] : rows) all += name + " " + key + " " + value + "\n";
    }
    return all;
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>> tables_;
  bool failing_ = false;
};

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_TESTING_H_
