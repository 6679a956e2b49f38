#ifndef HINOMI_HTTP_CLIENT_LOOP_H_
#define HINOMI_HTTP_CLIENT_LOOP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "http/client.h"

namespace hinomi::http {

/// Several exchanges at once on one thread, which waits for files beside them:
/// what an interactive program needs. All calls, and all of its callbacks, are
/// on that thread; exchanges that are not over end with the object, at once.
class ClientLoop {
 public:
  using Id = uint64_t;
  using Done = std::function<void(Result<ClientResponse>)>;

  ClientLoop();
  ~ClientLoop();
  ClientLoop(const ClientLoop&) = delete;
  ClientLoop& operator=(const ClientLoop&) = delete;

  /// `done` is called once, in a later `Wait`, with what `Fetch` would give.
  Id Start(const ClientRequest& request, Done done);
  /// `done` is not called any more. Not from within a request's `on_data`.
  void Cancel(Id id);
  /// Works on the exchanges until one moved, one of `files` can be read, or
  /// `patience` is over.
  void Wait(std::span<const int> files, Duration patience);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_CLIENT_LOOP_H_
