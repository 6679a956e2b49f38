#ifndef HINOMI_IDENTITY_IMPL_RECORD_TABLE_H_
#define HINOMI_IDENTITY_IMPL_RECORD_TABLE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/mutex.h"
#include "identity/value_table.h"

namespace hinomi::identity {

/// A value table whose rows are T, with all of it in memory: reading never
/// blocks on the store, so that requests can be judged on an I/O thread. T has
/// `Json ToJson() const` and `static T FromJson(const Json&)`. Threads: any.
template <typename T>
class RecordTable {
 public:
  RecordTable(ValueTable& store, std::string name) : store_(store), name_(std::move(name)) {}

  /// Reads everything anew. What was only touched is kept until the next Flush.
  Status Load() {
    MutexLock writing(writing_);
    HN_TRY(auto stored, store_.List(name_));
    std::map<std::string, T> rows;
    for (const auto& [key, text] : stored) {
      auto json = Json::Parse(text);
      if (!json.has_value()) {
        return Corrupt("row \"" + key + "\" of the table " + name_ +
                       " cannot be read; restore the state store or delete the row");
      }
      rows.emplace(key, T::FromJson(*json));
    }
    MutexLock lock(mutex_);
    for (const std::string& key : touched_) {
      const auto mine = rows_.find(key);
      const auto theirs = rows.find(key);
      if (mine != rows_.end() && theirs != rows.end()) theirs->second.KeepTouched(mine->second);
    }
    rows_ = std::move(rows);
    return {};
  }

  std::optional<T> Find(const std::string& key) const {
    MutexLock lock(mutex_);
    const auto row = rows_.find(key);
    if (row == rows_.end()) return std::nullopt;
    return row->second;
  }

  std::vector<std::pair<std::string, T>> All() const {
    MutexLock lock(mutex_);
    return {rows_.begin(), rows_.end()};
  }

  Status Put(const std::string& key, T row) {
    MutexLock writing(writing_);
    return Store(key, std::move(row));
  }

  Status Delete(const std::string& key) {
    MutexLock writing(writing_);
    return Remove(key);
  }

  /// Hands the row, or nothing, to `change`; stores it if `change` succeeds.
  /// Changes come one after another: of two that use a thing up, one sees it used.
  template <typename Change>
  Status Update(const std::string& key, Change change) {
    MutexLock writing(writing_);
    std::optional<T> row = Find(key);
    HN_TRY_VOID(change(row));
    return row.has_value() ? Store(key, *std::move(row)) : Remove(key);
  }

  /// Changes the row in memory; Flush stores it.
  template <typename Change>
  void Touch(const std::string& key, Change change) {
    MutexLock lock(mutex_);
    const auto row = rows_.find(key);
    if (row == rows_.end()) return;
    change(row->second);
    touched_.insert(key);
  }

  Status Flush() {
    MutexLock writing(writing_);
    std::set<std::string> touched;
    {
      MutexLock lock(mutex_);
      touched.swap(touched_);
    }
    for (const std::string& key : touched) {
      const std::optional<T> row = Find(key);
      if (row.has_value()) HN_TRY_VOID(store_.Put(name_, key, row->ToJson().Dump()));
    }
    return {};
  }

 private:
  Status Store(const std::string& key, T row) {
    HN_TRY_VOID(store_.Put(name_, key, row.ToJson().Dump()));
    MutexLock lock(mutex_);
    rows_.insert_or_assign(key, std::move(row));
    return {};
  }

  Status Remove(const std::string& key) {
    HN_TRY_VOID(store_.Delete(name_, key));
    MutexLock lock(mutex_);
    rows_.erase(key);
    return {};
  }

  ValueTable& store_;
  const std::string name_;
  Mutex writing_;  ///< Before `mutex_`; held over calls of the store.
  mutable Mutex mutex_;
  std::map<std::string, T> rows_ HN_GUARDED_BY(mutex_);
  std::set<std::string> touched_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_IMPL_RECORD_TABLE_H_
