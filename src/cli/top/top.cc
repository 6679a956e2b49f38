#include "cli/top/top.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/strings.h"
#include "cli/printable.h"
#include "cli/top/keys.h"
#include "cli/top/live.h"
#include "cli/top/on_key.h"
#include "cli/top/paint.h"
#include "cli/top/view.h"
#include "http/client_loop.h"
#include "http/event_stream.h"
#include "os/entropy.h"
#include "os/system_clock.h"
#include "os/terminal.h"

namespace hinomi::cli::top {
namespace {

constexpr Duration kPatience = Duration::Seconds(8);  // Below what makes a screen stale.
constexpr Duration kEscape = Duration::Millis(50);    // What a key sends comes at once.

std::string NewSession() {
  const std::string bytes = SecureRandomBytes(8);
  const auto* begin = reinterpret_cast<const uint8_t*>(bytes.data());
  return "top-" + HexEncode({begin, bytes.size()});
}

Colours ColoursOf() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || no_color[0] == '\0' ? Colours::kOn : Colours::kOff;
}

/// Carries bytes between the terminal, the server and the pure core.
class Shell {
 public:
  Shell(const Remote& remote, Terminal& terminal, State& state)
      : remote_(remote), terminal_(terminal), state_(state), colours_(ColoursOf()) {}

  void Run() {
    state_.link.heard = Now();
    Perform(Refresh(state_, Now()));
    while (!over_) {
      Draw();
      const int files[] = {terminal_.keys_file(), terminal_.calls_file()};
      loop_.Wait(files, keys_.waiting() ? kEscape : NextTick(state_, Now()));
      TakeCalls();
      TakeKeys();
      TakeStream();
      Perform(OnTick(state_, Now()));
    }
  }

 private:
  Duration Now() const { return clock_.Monotonic(); }

  void Draw() {
    Frame frame = Render(state_, terminal_.size(), Now());
    if (!terminal_.Write(Paint(shown_, frame, colours_))) over_ = true;
    shown_ = std::move(frame);
  }

  void TakeCalls() {
    while (const auto call = terminal_.NextCall()) {
      if (*call == TerminalCall::kStop) over_ = true;
      shown_ = {};  // Resized or resumed: whatever the screen shows, it is drawn anew.
    }
  }

  void TakeKeys() {
    const auto bytes = terminal_.ReadKeys();
    if (!bytes) {
      over_ = true;
      return;
    }
    const std::vector<Key> keys = bytes->empty() ? keys_.Expire() : keys_.Feed(*bytes);
    for (const Key& key : keys) Perform(OnKey(state_, key, Now()));
  }

  void TakeStream() {
    if (stream_bytes_.empty()) return;
    const std::vector<http::StreamEvent> events = events_.Feed(stream_bytes_);
    stream_bytes_.clear();
    Perform(OnStream(state_, events, Now()));
  }

  void Perform(const Effects& effects) {
    for (const Effect& effect : effects) {
      switch (effect.kind) {
        case Effect::Kind::kGet:
          Send("GET", effect, {});
          break;
        case Effect::Kind::kPost:
          Send("POST", effect, effect.body.Dump());
          break;
        case Effect::Kind::kOpenStream:
          OpenStream();
          break;
        case Effect::Kind::kCloseStream:
          loop_.Cancel(stream_);
          break;
        case Effect::Kind::kSuspend:
          terminal_.Suspend();
          shown_ = {};
          break;
        case Effect::Kind::kQuit:
          over_ = true;
          break;
      }
    }
  }

  void Send(const std::string& method, const Effect& effect, const std::string& body) {
    http::ClientRequest request = remote_.Request(method, effect.path, body);
    request.timeout = kPatience;
    if (!effect.key.empty()) request.headers.emplace_back("Idempotency-Key", effect.key);
    loop_.Start(request, [this, tag = effect.tag](Result<http::ClientResponse> response) {
      Perform(OnAnswer(state_, tag, remote_.Answer(std::move(response)), Now()));
    });
  }

  void OpenStream() {
    http::ClientRequest request = remote_.Request("GET", "events");
    request.timeout = kPatience;
    request.accept_gzip = false;
    if (!events_.last_id().empty())
      request.headers.emplace_back("Last-Event-ID", events_.last_id());
    events_.Restart();
    stream_bytes_.clear();
    request.on_data = [this](std::string_view bytes) { stream_bytes_ += bytes; };
    stream_ = loop_.Start(request, [this](const Result<http::ClientResponse>&) {
      TakeStream();
      Perform(OnStreamEnd(state_, Now()));
    });
  }

  const Remote& remote_;
  Terminal& terminal_;
  State& state_;
  const Colours colours_;
  SystemClock clock_;
  http::ClientLoop loop_;
  KeyDecoder keys_;
  http::EventStreamReader events_;
  http::ClientLoop::Id stream_ = 0;
  std::string stream_bytes_;
  Frame shown_;
  bool over_ = false;
};

/// Words that nobody has: the reader may still copy them.
void PrintUnsent(const State& state) {
  std::vector<Command> unsent = state.kept;
  if (state.sending && !state.sending->text.empty()) unsent.push_back(*state.sending);
  if (state.mode == Mode::kNote || state.mode == Mode::kReason) {
    unsent.push_back(state.command);
    unsent.back().text = state.editor.text();
  }
  for (const Command& command : unsent)
    if (!command.text.empty())
      std::printf("%s\n", text::Format(LanguageOf(state), "top.left_unsent",
                                       {{"id", command.incident}, {"text", command.text}})
                              .c_str());
}

}  // namespace

int Run(const Remote& remote, std::optional<text::Language> language) {
  auto terminal = Terminal::Open();
  if (!terminal) {
    std::fprintf(stderr, "hinomi: %s; 'hinomi top --once' prints one frame as plain text\n",
                 terminal.error().message.c_str());
    return terminal.error().code == ErrorCode::kInvalidArgument ? kWrongUse : kCouldNot;
  }
  State state;
  state.language = language;
  state.session = NewSession();
  Shell(remote, **terminal, state).Run();
  terminal->reset();
  PrintUnsent(state);
  return kDone;
}

int PrintOnce(const Remote& remote, std::optional<text::Language> language, bool json) {
  State state;
  state.language = language;
  const std::string lang = language ? std::string(text::LanguageTag(*language)) : "";
  const auto now = remote.Get("now", {{"lang", lang}});
  if (!now) return Fail(now.error());
  const Duration read_at;
  OnAnswer(state, "now", *now, read_at);
  // A server that runs no services says 404.
  OnAnswer(state, "services", remote.Get("services"), read_at);
  if (json) {
    std::puts(now->Dump().c_str());
  } else {
    const int columns = OutputTerminal().value_or(TerminalSize()).columns;
    std::fputs(ToText(RenderOnce(state, columns, read_at)).c_str(), stdout);
  }
  return AllIsWell(state) ? kDone : kAnswerIsNo;
}

}  // namespace hinomi::cli::top
