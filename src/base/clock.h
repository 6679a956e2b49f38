#ifndef HINOMI_BASE_CLOCK_H_
#define HINOMI_BASE_CLOCK_H_

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hinomi {

/// A length of time in nanoseconds.
class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration Nanos(int64_t n) { return Duration(n); }
  static constexpr Duration Micros(int64_t n) { return Duration(n * 1'000); }
  static constexpr Duration Millis(int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration Seconds(int64_t n) { return Duration(n * 1'000'000'000); }
  static constexpr Duration Minutes(int64_t n) { return Seconds(n * 60); }
  static constexpr Duration Hours(int64_t n) { return Seconds(n * 3600); }
  static constexpr Duration Days(int64_t n) { return Hours(n * 24); }

  constexpr int64_t nanos() const { return nanos_; }
  constexpr int64_t millis() const { return nanos_ / 1'000'000; }
  constexpr int64_t seconds() const { return nanos_ / 1'000'000'000; }
  constexpr double ToSeconds() const { return static_cast<double>(nanos_) / 1e9; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const { return Duration(nanos_ + o.nanos_); }
  constexpr Duration operator-(Duration o) const { return Duration(nanos_ - o.nanos_); }
  constexpr Duration operator*(int64_t k) const { return Duration(nanos_ * k); }
  constexpr Duration operator/(int64_t k) const { return Duration(nanos_ / k); }
  constexpr int64_t operator/(Duration o) const { return nanos_ / o.nanos_; }
  constexpr Duration operator-() const { return Duration(-nanos_); }

 private:
  constexpr explicit Duration(int64_t nanos) : nanos_(nanos) {}
  int64_t nanos_ = 0;
};

/// A point of wall time: nanoseconds since 1970-01-01 UTC, leap seconds left
/// out. Never used to measure an interval: that is `Clock::Monotonic`.
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant FromNanos(int64_t n) { return Instant(n); }
  static constexpr Instant FromMillis(int64_t n) { return Instant(n * 1'000'000); }
  static constexpr Instant FromSeconds(int64_t n) { return Instant(n * 1'000'000'000); }
  static constexpr Instant Max() { return Instant(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t nanos() const { return nanos_; }
  constexpr int64_t millis() const { return nanos_ / 1'000'000; }
  constexpr int64_t seconds() const { return nanos_ / 1'000'000'000; }

  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration d) const { return Instant(nanos_ + d.nanos()); }
  constexpr Instant operator-(Duration d) const { return Instant(nanos_ - d.nanos()); }
  constexpr Duration operator-(Instant o) const { return Duration::Nanos(nanos_ - o.nanos_); }

 private:
  constexpr explicit Instant(int64_t nanos) : nanos_(nanos) {}
  int64_t nanos_ = 0;
};

/// "2026-11-24T03:12:04Z", with ".123" when there are milliseconds.
std::string FormatRfc3339(Instant t);
/// Reads RFC 3339 with any offset; fractions down to nanoseconds.
Result<Instant> ParseRfc3339(std::string_view text);

/// "1h30m", "250ms", "0s": Prometheus' form, largest unit first.
std::string FormatDuration(Duration d);
/// Reads "90s", "1h30m", "250ms", "2w"; units ms s m h d w y, each at most once
/// and in falling order. A bare "0" is zero.
Result<Duration> ParseDuration(std::string_view text);

/// The only door to the time. Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time. May jump.
  virtual Instant Now() const = 0;
  /// Time since some fixed start; never goes back.
  virtual Duration Monotonic() const = 0;
};

/// A clock that tests and the simulator move by hand. One thread only.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Instant start = Instant::FromSeconds(1'700'000'000)) : now_(start) {}
  Instant Now() const override { return now_; }
  Duration Monotonic() const override { return monotonic_; }

  /// Both clocks go on.
  void Advance(Duration d) {
    now_ = now_ + d;
    monotonic_ = monotonic_ + d;
  }
  /// Only the wall clock jumps, as NTP or an operator does.
  void JumpWall(Instant to) { now_ = to; }

 private:
  Instant now_;
  Duration monotonic_;
};

}  // namespace hinomi

#endif  // HINOMI_BASE_CLOCK_H_
