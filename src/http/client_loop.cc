#include "http/client_loop.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "http/impl/client_exchange.h"

namespace hinomi::http {

struct ClientLoop::Impl {
  struct Running {
    std::unique_ptr<ClientExchange> exchange;
    Done done;
  };

  Impl() : multi(curl_multi_init()) { HN_CHECK(multi != nullptr); }
  ~Impl() {
    for (const auto& [id, one] : running) curl_multi_remove_handle(multi, one.exchange->handle());
    curl_multi_cleanup(multi);
  }

  /// What is over is taken out first: `done` may start or cancel others.
  void Report() {
    std::vector<std::pair<Done, Result<ClientResponse>>> over = std::exchange(refused, {});
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto one = std::ranges::find_if(running, [&](const auto& entry) {
        return entry.second.exchange->handle() == message->easy_handle;
      });
      if (one == running.end()) continue;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi, one->second.exchange->handle());
      over.emplace_back(std::move(one->second.done), one->second.exchange->Finish(code));
      running.erase(one);
    }
    for (auto& [done, result] : over) done(std::move(result));
  }

  CURLM* multi;
  Id last = 0;
  std::map<Id, Running> running;
  std::vector<std::pair<Done, Result<ClientResponse>>> refused;
};

ClientLoop::ClientLoop() {
  PrepareClient();
  impl_ = std::make_unique<Impl>();
}
ClientLoop::~ClientLoop() = default;

ClientLoop::Id ClientLoop::Start(const ClientRequest& request, Done done) {
  const Id id = ++impl_->last;
  auto exchange = ClientExchange::Prepare(request);
  if (!exchange) {
    impl_->refused.emplace_back(std::move(done), std::move(exchange).error());
    return id;
  }
  HN_CHECK(curl_multi_add_handle(impl_->multi, (*exchange)->handle()) == CURLM_OK);
  impl_->running[id] = {*std::move(exchange), std::move(done)};
  return id;
}

void ClientLoop::Cancel(Id id) {
  const auto one = impl_->running.find(id);
  if (one == impl_->running.end()) return;
  curl_multi_remove_handle(impl_->multi, one->second.exchange->handle());
  impl_->running.erase(one);
}

void ClientLoop::Wait(std::span<const int> files, Duration patience) {
  int unfinished = 0;
  curl_multi_perform(impl_->multi, &unfinished);
  std::vector<curl_waitfd> also;
  for (const int file : files) also.push_back({file, CURL_WAIT_POLLIN, 0});
  const bool at_once =
      !impl_->refused.empty() || static_cast<size_t>(unfinished) < impl_->running.size();
  curl_multi_poll(impl_->multi, also.data(), static_cast<unsigned>(also.size()),
                  at_once ? 0 : static_cast<int>(std::clamp<int64_t>(patience.millis(), 0, 60'000)),
                  nullptr);
  curl_multi_perform(impl_->multi, &unfinished);
  impl_->Report();
}

}  // namespace hinomi::http
