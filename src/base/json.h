#ifndef HINOMI_BASE_JSON_H_
#define HINOMI_BASE_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace hinomi {

/// A JSON value (RFC 8259). A light front, so that headers need not pull in a
/// JSON library; parsing is Boost.JSON's. Integers stay exact in 64 bits.
/// Objects keep the order in which keys were set, and `Dump` is deterministic:
/// the same calls give the same bytes, which the journal's hashes rely on.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(int64_t{value}) {}
  Json(int64_t value) : value_(value) {}
  Json(uint64_t value) : value_(static_cast<int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  static Json MakeArray() { return Json(Array{}); }
  static Json MakeObject() { return Json(Object{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<int64_t>(value_); }
  bool is_number() const { return is_int() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// The value if it is of that kind, else the fallback. Total on purpose:
  /// folding old events must not fail on a missing member.
  bool as_bool(bool fallback = false) const;
  int64_t as_int(int64_t fallback = 0) const;
  double as_double(double fallback = 0) const;
  const std::string& as_string() const;  ///< "" if it is no string.
  const Array& as_array() const;         ///< Empty if it is no array.
  const Object& as_object() const;       ///< Empty if it is no object.

  /// Member of an object; a null value if there is none.
  const Json& operator[](std::string_view key) const;
  const Json& operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  bool contains(std::string_view key) const;
  /// Sets a member (keeps its place if there is one); makes an object of null.
  Json& Set(std::string_view key, Json value);
  /// Appends to an array; makes an array of null.
  Json& Append(Json value);

  /// Compact text. NaN and infinities, which JSON lacks, become null.
  std::string Dump() const;
  void DumpTo(std::string& out) const;

  /// At most 64 levels deep; duplicate keys: the last one wins.
  static Result<Json> Parse(std::string_view text);

  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

/// Appends `text` as a JSON string with its quotes. Bytes that are no UTF-8
/// become U+FFFD.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace hinomi

#endif  // HINOMI_BASE_JSON_H_
