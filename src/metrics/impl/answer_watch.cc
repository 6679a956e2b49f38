#include "metrics/impl/answer_watch.h"

#include <poll.h>

#include <algorithm>

namespace hinomi::metrics {
namespace {

timespec TimeSpec(Duration duration) {
  const int64_t nanos = std::max<int64_t>(duration.nanos(), 0);
  return {nanos / 1'000'000'000, nanos % 1'000'000'000};
}

}  // namespace

void AnswerWatch::Wait(Duration patience, const Over& over) {
  std::vector<pollfd> files = {{waker_.fd(), POLLIN, 0}};
  for (const Scrape& scrape : scrapes_) {
    files.push_back({scrape.answer->fd(), POLLIN, 0});
    patience = std::min(patience, scrape.answer->Left());
  }
  const timespec most = TimeSpec(patience);
  if (::ppoll(files.data(), files.size(), &most, nullptr) < 0) return;  // By a signal.
  if (files[0].revents != 0) waker_.Heard();
  std::vector<Scrape> scrapes = std::exchange(scrapes_, {});
  for (size_t i = 0; i < scrapes.size(); ++i) {
    Scrape& scrape = scrapes[i];
    const bool moved = files[i + 1].revents != 0 || scrape.answer->Left() <= Duration();
    auto response = moved ? scrape.answer->Receive() : std::nullopt;
    if (response)
      over(std::move(scrape), *std::move(response));
    else
      scrapes_.push_back(std::move(scrape));
  }
}

}  // namespace hinomi::metrics
