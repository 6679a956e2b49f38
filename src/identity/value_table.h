#ifndef HINOMI_IDENTITY_VALUE_TABLE_H_
#define HINOMI_IDENTITY_VALUE_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace hinomi::identity {

/// What identity needs of the state store: tables of named values. Threads: any.
class ValueTable {
 public:
  virtual ~ValueTable() = default;
  /// Durable when it returns.
  virtual Status Put(const std::string& table, const std::string& key,
                     const std::string& value) = 0;
  virtual Status Delete(const std::string& table, const std::string& key) = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>> List(
      const std::string& table) = 0;
};

/// The state store's own tables. `store` must outlive it.
class StoreValueTable : public ValueTable {
 public:
  explicit StoreValueTable(store::Store& store) : store_(store) {}

  Status Put(const std::string& table, const std::string& key, const std::string& value) override {
    return store_.PutValue(table, {key, value});
  }
  Status Delete(const std::string& table, const std::string& key) override {
    return store_.DeleteValue(table, key);
  }
  Result<std::vector<std::pair<std::string, std::string>>> List(const std::string& table) override {
    HN_TRY(auto rows, store_.ListValues(table));
    std::vector<std::pair<std::string, std::string>> pairs;
    pairs.reserve(rows.size());
    for (auto& row : rows) pairs.emplace_back(std::move(row.key), std::move(row.value));
    return pairs;
  }

 private:
  store::Store& store_;
};

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_VALUE_TABLE_H_
