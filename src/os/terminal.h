#ifndef HINOMI_OS_TERMINAL_H_
#define HINOMI_OS_TERMINAL_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hinomi {

/// What a full-screen program is told from outside.
enum class TerminalCall {
  kStop,    ///< SIGTERM, SIGINT, SIGHUP, SIGQUIT.
  kResize,  ///< SIGWINCH.
  kResume,  ///< SIGCONT: another program may have used the screen.
};

struct TerminalSize {
  int columns = 80;
  int rows = 24;
  bool operator==(const TerminalSize&) const = default;
};

/// That of standard output; nothing where it goes elsewhere.
std::optional<TerminalSize> OutputTerminal();

/// The terminal of this process, taken over as a whole: alternate screen, raw
/// keys, pasted text marked as such. It is given back on every way out: by the
/// destructor, and by a handler when the process crashes or aborts (only
/// SIGKILL leaves it). One at a time, on the main thread, opened before other
/// threads start: it holds the signals it tells of.
class Terminal {
 public:
  /// kInvalidArgument if standard input or output is no terminal, or one that
  /// cannot move its cursor (TERM=dumb).
  static Result<std::unique_ptr<Terminal>> Open();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Files that can be read when there are keys, or calls.
  int keys_file() const;
  int calls_file() const { return calls_; }
  /// What was typed; "" if nothing was. kUnavailable: the terminal is gone.
  Result<std::string> ReadKeys();
  std::optional<TerminalCall> NextCall();
  TerminalSize size() const;
  /// All of it. kUnavailable: the terminal is gone.
  Status Write(std::string_view bytes);
  /// Gives the terminal back, stops this process as Ctrl-Z does, and takes it
  /// over again when the process goes on.
  void Suspend();

 private:
  explicit Terminal(int calls) : calls_(calls) {}
  int calls_;
};

}  // namespace hinomi

#endif  // HINOMI_OS_TERMINAL_H_
