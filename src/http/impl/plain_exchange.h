#ifndef HINOMI_HTTP_IMPL_PLAIN_EXCHANGE_H_
#define HINOMI_HTTP_IMPL_PLAIN_EXCHANGE_H_

#include <memory>
#include <string>
#include <utility>

#include "http/client.h"
#include "http/impl/client_exchange.h"
#include "http/pending_answer.h"

namespace hinomi::http {

/// GET over plain HTTP, again and again on one connection: what scraping does all day.
/// libcurl makes the connection (names, addresses, guard, timeouts); what goes over it is
/// written and read here, which takes a seventh of libcurl's time for a small page.
class PlainExchange {
 public:
  /// Whether it is for such requests; all others are libcurl's.
  static bool Serves(const ClientRequest& request);
  /// Errors: those of `Fetch` that are known before anything is sent.
  static Result<std::unique_ptr<PlainExchange>> Prepare(const ClientRequest& request);

  /// Whether `request` is the one that this was made for.
  bool IsFor(const ClientRequest& request) const { return SameRequest(request_, request); }
  /// One answer, over the connection of the last one if that is still open.
  Result<ClientResponse> Fetch(ClientTrace* trace);
  /// The same in two steps, over the connection of the last one; null if that is not open.
  /// The answer refers to this object, and nothing else is asked meanwhile.
  std::unique_ptr<PendingAnswer> Send();

 private:
  class Flight;
  PlainExchange(ClientRequest request, std::string place, std::string head)
      : request_(std::move(request)), place_(std::move(place)), head_(std::move(head)) {}
  /// Its phases.
  Result<ClientResponse> Connect(Duration left, ClientTrace* trace);
  /// There is a connection, and it is fit to be asked.
  bool IsOpen() const;

  ClientRequest request_;
  std::string place_;                           ///< For messages.
  std::string head_;                            ///< All that is sent.
  std::unique_ptr<ClientExchange> connection_;  ///< Null while there is none.
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_PLAIN_EXCHANGE_H_
