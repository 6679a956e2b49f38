#ifndef HINOMI_HTTP_IMPL_STREAM_QUEUE_H_
#define HINOMI_HTTP_IMPL_STREAM_QUEUE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "base/mutex.h"
#include "http/server.h"

namespace hinomi::http {

/// The bounded queue between whoever sends a stream and the connection that
/// writes it. May outlive the server: after `Finish` every call is harmless.
class StreamQueue : public StreamSink {
 public:
  /// `wake` tells the connection that there is news: at most once until the
  /// next `Take`, never after `Finish`, and under the lock, so it may only post.
  StreamQueue(uint64_t limit_bytes, std::function<void()> wake);

  bool Send(std::string bytes) override;
  void Close() override;
  bool closed() const override;

  struct Piece {
    std::string bytes;
    bool ended = false;      ///< Nothing follows.
    bool truncated = false;  ///< Ended because the reader was too slow or gone.
  };
  Piece Take();
  /// The connection is over.
  void Finish();

 private:
  void WakeLocked() HN_REQUIRES(mutex_);

  const uint64_t limit_bytes_;
  mutable Mutex mutex_;
  std::function<void()> wake_ HN_GUARDED_BY(mutex_);
  std::string waiting_ HN_GUARDED_BY(mutex_);
  bool woken_ HN_GUARDED_BY(mutex_) = false;
  bool closed_ HN_GUARDED_BY(mutex_) = false;
  bool truncated_ HN_GUARDED_BY(mutex_) = false;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_STREAM_QUEUE_H_
