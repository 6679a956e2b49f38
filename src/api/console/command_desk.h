#ifndef HINOMI_API_CONSOLE_COMMAND_DESK_H_
#define HINOMI_API_CONSOLE_COMMAND_DESK_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "store/store.h"

namespace hinomi::api {

/// Puts commands of people into the inbox and waits for what the leader
/// decides: the one path of every command, whichever replica took it. Threads: any.
class CommandDesk {
 public:
  /// `wake` tells the control thread that something lies in the inbox.
  CommandDesk(store::Store& store, const Clock& clock, std::function<void()> wake)
      : store_(store), clock_(clock), wake_(std::move(wake)) {}

  struct Request {
    std::string who;
    std::string via;  ///< "cli", "console", "link"
    std::string verb;
    Json arguments;
    std::string key;  ///< The caller's idempotency key; "" makes one.
  };

  /// The leader's answer. Errors: kConflict with the refusal in words;
  /// kTimeout when nobody decided within 10 s: the command stays in the inbox
  /// and will be decided, so ask again with the same key.
  Result<Json> Ask(const Request& request);

  /// A turn was committed: answers may be there.
  void Notify();

 private:
  store::Store& store_;
  const Clock& clock_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable answered_;
  uint64_t turns_ = 0;
};

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_COMMAND_DESK_H_
