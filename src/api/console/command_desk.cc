#include "api/console/command_desk.h"

#include <chrono>

#include "base/strings.h"
#include "os/entropy.h"

namespace hinomi::api {
namespace {
constexpr Duration kPatience = Duration::Seconds(10);

std::string NewKey() {
  const std::string bytes = SecureRandomBytes(16);
  return "c-" + HexEncode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}
}  // namespace

Result<Json> CommandDesk::Ask(const Request& request) {
  store::NewCommand command;
  // The store keeps keys by owner: nobody can guess another's answer.
  command.key = request.key.empty() ? NewKey() : request.key;
  command.who = request.who;
  command.body = Json::MakeObject()
                     .Set("verb", request.verb)
                     .Set("via", request.via)
                     .Set("arguments", request.arguments)
                     .Dump();
  HN_TRY(const store::Command put, store_.PutCommand(command, clock_.Now()));
  const Duration deadline = clock_.Monotonic() + kPatience;
  wake_();
  for (uint64_t seen = 0;;) {
    {
      // Another server may decide, and tell us nothing.
      std::unique_lock lock(mutex_);
      answered_.wait_for(lock, std::chrono::milliseconds(100), [&] { return turns_ != seen; });
      seen = turns_;
    }
    HN_TRY(const auto found, store_.FindCommand(put.id));
    if (found && found->answered) {
      HN_TRY(const Json answer, Json::Parse(found->answer));
      if (!answer["ok"].as_bool()) return Conflict(answer["message"].as_string());
      return answer["result"];
    }
    if (clock_.Monotonic() >= deadline)
      return Timeout("no server has decided '" + request.verb +
                     "' yet; it lies in the inbox and will be decided. Ask again in a moment");
  }
}

void CommandDesk::Notify() {
  const std::lock_guard lock(mutex_);
  ++turns_;
  answered_.notify_all();
}

}  // namespace hinomi::api
