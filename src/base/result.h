#ifndef HINOMI_BASE_RESULT_H_
#define HINOMI_BASE_RESULT_H_

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"

namespace hinomi {

/// What kind of failure it was. Few on purpose: the edges translate them (to
/// HTTP, AWS error names, Prometheus' errorType), the middle only asks
/// `IsRetryable`.
enum class ErrorCode {
  kInvalidArgument,  ///< The input is wrong; the same input fails again.
  kNotFound,
  kConflict,     ///< Exists already, or changed meanwhile.
  kDenied,       ///< Not signed in, or without the right.
  kExhausted,    ///< A limit was reached: memory, disk, queue, rate.
  kUnavailable,  ///< The other side could not be reached or refused for now.
  kTimeout,
  kCorrupt,  ///< Stored or received bytes contradict their own checksum or form.
  kCancelled,
  kInternal,  ///< Unexpected; the message says what was found.
};

/// Lower-case English name, e.g. "not_found"; stable, used in metrics and JSON.
std::string_view ErrorCodeName(ErrorCode code);

/// True where the same request may succeed later without being changed.
bool IsRetryable(ErrorCode code);

/// A failure, told to the operator: what could not be done, to what, why, and
/// what to do about it. Context is put in front where it is known.
struct Error {
  ErrorCode code;
  std::string message;

  /// "context: message", with the same code.
  Error WithContext(std::string_view context) && {
    return Error{code, std::string(context) + ": " + message};
  }
};

/// A value or an `Error`; must be looked at. Member names follow
/// std::expected, so that a later standard library can replace it.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    HN_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    HN_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  /// By value, not T&&: `for (x : *Read())` must not run over a dead temporary.
  T value() && {
    HN_CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T value_or(T fallback) && {
    return has_value() ? std::move(*std::get_if<0>(&state_)) : std::move(fallback);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & {
    HN_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    HN_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    HN_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  bool has_value() const { return ok_; }
  explicit operator bool() const { return ok_; }
  void value() const { HN_CHECK(ok_); }

  const Error& error() const& {
    HN_CHECK(!ok_);
    return error_;
  }
  Error&& error() && {
    HN_CHECK(!ok_);
    return std::move(error_);
  }

 private:
  Error error_{ErrorCode::kInternal, {}};
  bool ok_ = true;
};

using Status = Result<void>;

inline Error InvalidArgument(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}
inline Error NotFound(std::string message) {
  return {ErrorCode::kNotFound, std::move(message)};
}
inline Error Conflict(std::string message) {
  return {ErrorCode::kConflict, std::move(message)};
}
inline Error Denied(std::string message) {
  return {ErrorCode::kDenied, std::move(message)};
}
inline Error Exhausted(std::string message) {
  return {ErrorCode::kExhausted, std::move(message)};
}
inline Error Unavailable(std::string message) {
  return {ErrorCode::kUnavailable, std::move(message)};
}
inline Error Timeout(std::string message) {
  return {ErrorCode::kTimeout, std::move(message)};
}
inline Error Corrupt(std::string message) {
  return {ErrorCode::kCorrupt, std::move(message)};
}
inline Error Cancelled(std::string message) {
  return {ErrorCode::kCancelled, std::move(message)};
}
inline Error Internal(std::string message) {
  return {ErrorCode::kInternal, std::move(message)};
}

}  // namespace hinomi

#define HN_CONCAT_INNER(a, b) a##b
#define HN_CONCAT(a, b) HN_CONCAT_INNER(a, b)
#define HN_TRY_INNER(result, declaration, expression, return_word) \
  auto result = (expression);                                      \
  if (!result.has_value()) [[unlikely]]                            \
    return_word std::move(result).error();                         \
  declaration = *std::move(result)

/// HN_TRY(auto file, files.Open(path)); returns the error to the caller, or
/// declares the value. A declaration, not an expression: g++ 12 cannot compile
/// statement expressions in coroutines.
#define HN_TRY(declaration, expression) \
  HN_TRY_INNER(HN_CONCAT(hn_result_, __LINE__), declaration, expression, return)
/// The same in a coroutine.
#define HN_CO_TRY(declaration, expression) \
  HN_TRY_INNER(HN_CONCAT(hn_result_, __LINE__), declaration, expression, co_return)

/// HN_TRY_VOID(file.Sync()); for results without a value.
#define HN_TRY_VOID(expression)              \
  do {                                       \
    auto hn_status = (expression);           \
    if (!hn_status.has_value()) [[unlikely]] \
      return std::move(hn_status).error();   \
  } while (false)

#endif  // HINOMI_BASE_RESULT_H_
