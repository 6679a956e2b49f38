#ifndef HINOMI_HTTP_IMPL_CONNECTION_H_
#define HINOMI_HTTP_IMPL_CONNECTION_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <set>

#include "http/impl/connection_context.h"

namespace hinomi::http {

/// One connection; all of it happens on the thread of its io_context.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Ends when the request at hand is answered; at once if there is none.
  virtual void Drain() = 0;
  /// Ends now.
  virtual void Abort() = 0;
};

/// The connections of one io_context, touched by its thread only.
using ConnectionSet = std::set<Connection*>;

/// Serves a socket until it ends. Call on the thread of the socket's executor,
/// after `Enter`. `tls` may be null; all must outlive the io_context's run.
void StartConnection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
                     ServerContext& context, ConnectionSet& connections);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_CONNECTION_H_
