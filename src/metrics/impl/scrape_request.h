#ifndef HINOMI_METRICS_IMPL_SCRAPE_REQUEST_H_
#define HINOMI_METRICS_IMPL_SCRAPE_REQUEST_H_

#include <memory>

#include "http/client.h"
#include "metrics/impl/scrape_targets.h"
#include "metrics/scrape.h"
#include "os/files.h"

namespace hinomi::metrics {

/// Asks one target for its page, again and again. Threads: one at a time.
class ScrapeRequest {
 public:
  ScrapeRequest(const ScrapeJob& job, const ScrapeTarget& target);

  /// One exchange with its redirects. Beside the errors of `http::Fetch`: kNotFound or
  /// kDenied for credentials that cannot be read (`no_credentials`), kDenied and kCorrupt
  /// for redirects that are not followed.
  Result<http::ClientResponse> Ask(const FetchFunction& fetch, Files& files, const Clock& clock);

  /// The same over the connection that the last one left open; null if only `Ask` can do it.
  std::unique_ptr<http::PendingAnswer> Send(const SendFunction& send, Files& files);
  /// Whether the answer is the target's own: no redirect that is to be followed.
  bool IsFinal(const Result<http::ClientResponse>& answer) const;

  /// The last `Ask` ended before it began, for want of its credentials.
  bool no_credentials() const { return no_credentials_; }
  bool keeps_exchange = false;  ///< The connection may stay for the next time.

 private:
  Status Authorize(Files& files);
  Result<http::ClientResponse> Follow(const FetchFunction& fetch, const Clock& clock,
                                      Duration deadline, http::ClientResponse response);

  http::ClientRequest request_;
  std::shared_ptr<http::KeptExchange> kept_;
  ScrapeCredentials credentials_;
  bool authorized_ = false;  ///< The first header says who asks.
  int redirects_;
  bool redirected_ = false;  ///< The last answer was not final.
  bool no_credentials_ = false;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SCRAPE_REQUEST_H_
