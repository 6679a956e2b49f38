#ifndef HINOMI_HTTP_IMPL_CLIENT_EXCHANGE_H_
#define HINOMI_HTTP_IMPL_CLIENT_EXCHANGE_H_

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

#include "http/client.h"
#include "http/impl/client_request.h"

namespace hinomi::http {

/// libcurl's own initialisation, which is not safe to run twice at once.
void PrepareClient();

/// One exchange as libcurl holds it, whoever drives it. Stays where it was
/// made: libcurl keeps pointers into it.
class ClientExchange {
 public:
  struct ListCleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using HeaderList = std::unique_ptr<curl_slist, ListCleanup>;

  /// What libcurl's callbacks work on.
  struct Progress {
    ClientRequest request;
    ClientResponse response;
    size_t head_bytes = 0;
    std::optional<Error> refusal;  ///< Why a callback ended the exchange.
  };

  /// Errors: those of `Fetch` that are known before anything is sent.
  static Result<std::unique_ptr<ClientExchange>> Prepare(const ClientRequest& request);
  ClientExchange(const ClientExchange&) = delete;
  ClientExchange& operator=(const ClientExchange&) = delete;

  /// Makes it new for the same request as before; false if this is another one.
  bool Renew(const ClientRequest& request);

  CURL* handle() const { return curl_.get(); }
  /// What came of it, once libcurl is done with the handle.
  Result<ClientResponse> Finish(CURLcode code);

 private:
  struct EasyCleanup {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  };
  ClientExchange(const ClientRequest& request, std::string place, HeaderList headers)
      : progress_{request, {}, 0, {}},
        place_(std::move(place)),
        headers_(std::move(headers)),
        curl_(curl_easy_init()) {}

  /// Another name is asked for at the URL's address: libcurl takes it from the URL only.
  Status AskUnderName(const UrlParts& url, const std::string& name);

  Progress progress_;
  std::string place_;  ///< Scheme, host and port.
  HeaderList headers_;
  HeaderList connect_to_;
  char reason_[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, EasyCleanup> curl_;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_CLIENT_EXCHANGE_H_
