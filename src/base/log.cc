#include "base/log.h"

#include <cstdio>

#include "base/json.h"

namespace hinomi {

void StderrLog::Write(LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
  if (level < least_) return;
  static constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
  std::string line = FormatRfc3339(clock_.Now());
  line += ' ';
  line += kNames[static_cast<size_t>(level)];
  line += ' ';
  line += message;
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    // Quoted, so that nothing from outside can forge a line.
    AppendJsonString(line, field.value);
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace hinomi
