#include "http/client.h"

#include "http/impl/client_exchange.h"

namespace hinomi::http {

Result<ClientResponse> Fetch(const ClientRequest& request) {
  std::shared_ptr<KeptExchange> here;
  std::shared_ptr<KeptExchange>& kept = request.kept != nullptr ? *request.kept : here;
  if (kept == nullptr || !kept->exchange->Renew(request)) {
    HN_TRY(auto exchange, ClientExchange::Prepare(request));
    kept = std::make_shared<KeptExchange>(KeptExchange{std::move(exchange)});
  }
  return kept->exchange->Finish(curl_easy_perform(kept->exchange->handle()));
}

}  // namespace hinomi::http
