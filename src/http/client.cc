#include "http/client.h"

#include "http/impl/kept_exchange.h"
#include "http/pending_answer.h"

namespace hinomi::http {
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

std::unique_ptr<PendingAnswer> PendingAnswer::Send(const ClientRequest& request) {
  if (request.kept == nullptr || *request.kept == nullptr) return nullptr;
  PlainExchange* plain = (*request.kept)->plain.get();
  if (plain == nullptr || !plain->IsFor(request)) return nullptr;
  return plain->Send();
}

}  // namespace hinomi::http
