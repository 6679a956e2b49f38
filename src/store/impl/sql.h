#ifndef HINOMI_STORE_IMPL_SQL_H_
#define HINOMI_STORE_IMPL_SQL_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace hinomi::store {

/// One parameter of a statement. Borrows its bytes until the call returns.
class SqlParam {
 public:
  enum class Kind { kInt, kText, kBlob };

  SqlParam(int64_t value) : kind_(Kind::kInt), int_(value) {}
  SqlParam(int value) : kind_(Kind::kInt), int_(value) {}
  SqlParam(uint64_t value) : kind_(Kind::kInt), int_(static_cast<int64_t>(value)) {}
  SqlParam(Instant at) : kind_(Kind::kInt), int_(at.nanos()) {}
  SqlParam(std::string_view text) : kind_(Kind::kText), bytes_(text) {}
  SqlParam(const std::string& text) : kind_(Kind::kText), bytes_(text) {}
  /// Any bytes; text must be UTF-8 without NUL.
  static SqlParam Blob(std::string_view bytes) {
    SqlParam param(bytes);
    param.kind_ = Kind::kBlob;
    return param;
  }

  Kind kind() const { return kind_; }
  int64_t integer() const { return int_; }
  std::string_view bytes() const { return bytes_; }

 private:
  Kind kind_;
  int64_t int_ = 0;
  std::string_view bytes_;
};

/// A limit of rows as both databases take it.
inline SqlParam SqlLimit(size_t limit) {
  return static_cast<int64_t>(std::min(limit, size_t{1} << 40));
}

/// A row of a result, valid inside the callback only. Columns count from 0.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Int(int column) const = 0;
  virtual std::string_view Bytes(int column) const = 0;

  uint64_t Uint(int column) const { return static_cast<uint64_t>(Int(column)); }
  std::string Text(int column) const { return std::string(Bytes(column)); }
  Instant Time(int column) const { return Instant::FromNanos(Int(column)); }
};

/// A connection to one of the two databases: as much of SQL as both share.
/// Parameters are written $1, $2 …; statements are prepared once and cached by
/// the address of their text, so that text must be a literal. Threads: one at
/// a time.
class SqlSession {
 public:
  using RowFunction = std::function<void(const SqlRow&)>;

  virtual ~SqlSession() = default;

  virtual Status Begin() = 0;
  virtual Status Commit() = 0;
  virtual void Rollback() = 0;
  /// Runs a statement; returns how many rows it changed.
  virtual Result<int64_t> Run(const char* sql, std::initializer_list<SqlParam> params,
                              const RowFunction& on_row) = 0;
  /// Several statements without parameters or results.
  virtual Status RunScript(const std::string& sql) = 0;
  /// The database's time, in which leases are counted.
  virtual Result<Instant> Now() = 0;
  /// True where other processes may write between our statements, so that a
  /// row that we decide upon has to be locked.
  virtual bool NeedsRowLocks() const = 0;
  /// After rows with personal data were deleted: makes their old bytes go.
  virtual Status Scrub() = 0;
  /// Called when a transaction failed for want of space: true if some was
  /// freed and the transaction should be tried once more.
  virtual bool FreeReserve() { return false; }
  /// Called before a transaction that writes `events` more events. Errors:
  /// kExhausted where only what is always admitted may still be written.
  virtual Status AdmitWrite(uint64_t events) {
    (void)events;
    return {};
  }

  Result<int64_t> Run(const char* sql, std::initializer_list<SqlParam> params = {}) {
    return Run(sql, params, [](const SqlRow&) {});
  }
};

}  // namespace hinomi::store

#endif  // HINOMI_STORE_IMPL_SQL_H_
