#include "http/client.h"

#include "http/impl/client_exchange.h"
#include "http/impl/plain_exchange.h"

namespace hinomi::http {

/// One or the other.
struct KeptExchange {
  std::unique_ptr<PlainExchange> plain;
  std::unique_ptr<ClientExchange> exchange;
};

namespace {

Result<ClientResponse> FetchByCurl(const ClientRequest& request, KeptExchange& kept) {
  if (kept.exchange == nullptr || !kept.exchange->Renew(request)) {
    HN_TRY(kept.exchange, ClientExchange::Prepare(request));
  }
  return kept.exchange->Finish(curl_easy_perform(kept.exchange->handle()));
}

}  // namespace

Result<ClientResponse> Fetch(const ClientRequest& request) {
  KeptExchange here;
  if (request.kept == nullptr) return FetchByCurl(request, here);
  if (*request.kept == nullptr) *request.kept = std::make_shared<KeptExchange>();
  KeptExchange& kept = **request.kept;
  if (kept.plain == nullptr || !kept.plain->IsFor(request)) {
    kept.plain = nullptr;
    if (!PlainExchange::Serves(request)) return FetchByCurl(request, kept);
    HN_TRY(kept.plain, PlainExchange::Prepare(request));
  }
  return kept.plain->Fetch(request.trace);
}

}  // namespace hinomi::http
