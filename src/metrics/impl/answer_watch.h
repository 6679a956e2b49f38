#ifndef HINOMI_METRICS_IMPL_ANSWER_WATCH_H_
#define HINOMI_METRICS_IMPL_ANSWER_WATCH_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "http/pending_answer.h"
#include "metrics/impl/scrape_item.h"
#include "os/waker.h"

namespace hinomi::metrics {

/// The scrapes whose answers are on their way, waited for all at once. Threads: one, but for
/// `Wake`.
class AnswerWatch {
 public:
  struct Scrape {
    ScrapeItemPtr item;
    ScrapeBegun begun;
    std::unique_ptr<http::PendingAnswer> answer;
  };
  /// Gets each scrape whose answer is over, with what its `Receive` gave.
  using Over = std::function<void(Scrape scrape, Result<http::ClientResponse> response)>;

  void Add(Scrape scrape) { scrapes_.push_back(std::move(scrape)); }
  /// Until something has come, `patience` is over, or somebody wakes it.
  void Wait(Duration patience, const Over& over);
  /// Ends the present or the next wait. From any thread.
  void Wake() { waker_.Wake(); }
  /// What is not over, given up by whoever lets go of it.
  std::vector<Scrape> TakeAll() { return std::exchange(scrapes_, {}); }

 private:
  std::vector<Scrape> scrapes_;
  Waker waker_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_ANSWER_WATCH_H_
