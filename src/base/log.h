#ifndef HINOMI_BASE_LOG_H_
#define HINOMI_BASE_LOG_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace hinomi {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// One field of a log line: `{"alarm", name}`.
struct LogField {
  std::string_view key;
  std::string_view value;
};

/// Hinomi's own log: one line an event on standard error, `time level message
/// key=value …`. Handed in like the clock; threads: any. Secrets never go in.
class Log {
 public:
  virtual ~Log() = default;
  virtual void Write(LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) = 0;

  void Info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kWarning, message, fields);
  }
  void Failed(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kError, message, fields);
  }
};

/// Lines to standard error, from `least` on. `clock` must outlive it.
class StderrLog : public Log {
 public:
  explicit StderrLog(const Clock& clock, LogLevel least = LogLevel::kInfo)
      : clock_(clock), least_(least) {}
  void Write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override;

 private:
  const Clock& clock_;
  LogLevel least_;
};

/// For tests that do not look.
class NullLog : public Log {
 public:
  void Write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace hinomi

#endif  // HINOMI_BASE_LOG_H_
