#ifndef HINOMI_HTTP_PENDING_ANSWER_H_
#define HINOMI_HTTP_PENDING_ANSWER_H_

#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "http/client.h"

namespace hinomi::http {

/// A GET on its way over the connection that the last one left open: for those who wait for
/// many at once. Nothing of it blocks. Threads: one at a time.
class PendingAnswer {
 public:
  /// Sends `request`. Null if `Fetch` has to do it: nothing was kept (`ClientRequest::kept`),
  /// or not for this request, or the connection is not plain HTTP or was closed meanwhile.
  static std::unique_ptr<PendingAnswer> Send(const ClientRequest& request);
  /// An answer that is not over is given up, and its connection closed.
  virtual ~PendingAnswer() = default;

  /// Can be read when there is something to `Receive`.
  virtual int fd() const = 0;
  /// Of the request's timeout; never negative.
  virtual Duration Left() const = 0;
  /// Takes what has come. Nothing as long as the answer is neither whole nor failed nor out
  /// of time; then what `Fetch` would give, once.
  virtual std::optional<Result<ClientResponse>> Receive() = 0;
  /// It failed since the connection was closed before anything came, which may be no fault of
  /// the other side: `Fetch` asks anew.
  virtual bool lost() const = 0;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_PENDING_ANSWER_H_
