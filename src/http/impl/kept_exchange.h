#ifndef HINOMI_HTTP_IMPL_KEPT_EXCHANGE_H_
#define HINOMI_HTTP_IMPL_KEPT_EXCHANGE_H_

#include <memory>

#include "http/impl/client_exchange.h"
#include "http/impl/plain_exchange.h"

namespace hinomi::http {

/// One or the other.
struct KeptExchange {
  std::unique_ptr<PlainExchange> plain;
  std::unique_ptr<ClientExchange> exchange;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_KEPT_EXCHANGE_H_
