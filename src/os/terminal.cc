#include "os/terminal.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "os/errno_error.h"

namespace hinomi {
namespace {

// Alternate screen, hidden cursor, no wrapping at the edge, pastes in brackets.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l";
constexpr int kCrashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

// For the handler of crashes, which can be handed nothing.
termios g_before;
sigset_t g_mask_before;
volatile sig_atomic_t g_taken = 0;

// Only what a signal handler may call.
void GiveBack() {
  if (g_taken == 0) return;
  g_taken = 0;
  [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, kLeave.data(), kLeave.size());
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &g_before);
}

void OnCrash(int signal_number) {
  GiveBack();
  raise(signal_number);  // SA_RESETHAND: now it ends the process.
}

bool TakeOver() {
  if (tcgetattr(STDIN_FILENO, &g_before) != 0) return false;
  termios raw = g_before;
  cfmakeraw(&raw);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) != 0) return false;
  g_taken = 1;
  return write(STDOUT_FILENO, kEnter.data(), kEnter.size()) == ssize_t{kEnter.size()};
}

void HandleCrashes(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal_number : kCrashes) sigaction(signal_number, &action, nullptr);
}

sigset_t Calls() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT})
    sigaddset(&set, signal_number);
  return set;
}

}  // namespace

Result<std::unique_ptr<Terminal>> Terminal::Open() {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0)
    return InvalidArgument("standard input and output are not both a terminal");
  const char* kind = std::getenv("TERM");
  if (kind == nullptr || kind[0] == '\0' || std::strcmp(kind, "dumb") == 0)
    return InvalidArgument("this terminal cannot move its cursor (TERM is empty or dumb)");
  const sigset_t set = Calls();
  if (sigprocmask(SIG_BLOCK, &set, &g_mask_before) != 0) return ErrnoError("holding signals");
  const int calls = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (calls < 0) return ErrnoError("making a file of signals");
  std::unique_ptr<Terminal> terminal(new Terminal(calls));
  HandleCrashes(OnCrash);
  if (!TakeOver()) return ErrnoError("taking over the terminal");
  return terminal;
}

Terminal::~Terminal() {
  GiveBack();
  HandleCrashes(SIG_DFL);
  close(calls_);
  sigprocmask(SIG_SETMASK, &g_mask_before, nullptr);
}

int Terminal::keys_file() const {
  return STDIN_FILENO;
}

Result<std::string> Terminal::ReadKeys() {
  // With VMIN 0 a read of 0 bytes says that nothing is there, or that the
  // terminal is gone: poll tells the two apart.
  pollfd ready{STDIN_FILENO, POLLIN, 0};
  if (poll(&ready, 1, 0) > 0 && (ready.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
    return Unavailable("the terminal is gone");
  char bytes[4096];
  const ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
  if (size >= 0) return std::string(bytes, static_cast<size_t>(size));
  if (errno == EINTR || errno == EAGAIN) return std::string();
  return Unavailable("the terminal is gone");
}

std::optional<TerminalCall> Terminal::NextCall() {
  signalfd_siginfo info;
  if (read(calls_, &info, sizeof info) != ssize_t{sizeof info}) return std::nullopt;
  switch (info.ssi_signo) {
    case SIGWINCH:
      return TerminalCall::kResize;
    case SIGCONT:
      return TerminalCall::kResume;
    default:
      return TerminalCall::kStop;
  }
}

std::optional<TerminalSize> OutputTerminal() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return std::nullopt;
  if (size.ws_col == 0 || size.ws_row == 0) return TerminalSize();
  return TerminalSize{size.ws_col, size.ws_row};
}

TerminalSize Terminal::size() const {
  return OutputTerminal().value_or(TerminalSize());
}

Status Terminal::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (size >= 0) {
      bytes.remove_prefix(static_cast<size_t>(size));
    } else if (errno == EAGAIN) {
      pollfd ready{STDOUT_FILENO, POLLOUT, 0};
      poll(&ready, 1, 1000);
    } else if (errno != EINTR) {
      return Unavailable("the terminal is gone");
    }
  }
  return {};
}

void Terminal::Suspend() {
  GiveBack();
  kill(0, SIGTSTP);  // The whole job, as the terminal itself would.
  TakeOver();
}

}  // namespace hinomi
