#ifndef HINOMI_METRICS_REMOTE_WRITE_H_
#define HINOMI_METRICS_REMOTE_WRITE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/telemetry.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// What one request may hold.
struct RemoteWriteLimits {
  size_t max_compressed_bytes = 32u << 20;
  size_t max_decompressed_bytes = 64u << 20;  ///< Checked before anything is decompressed.
  size_t max_samples = 2'000'000;             ///< A histogram is 16 and its buckets.
  size_t max_labels_per_series = 128;
  size_t max_label_bytes = 64u << 10;  ///< A name or a value.
};

/// Prometheus' remote write: prometheus.WriteRequest, and io.prometheus.write.v2.Request.
enum class RemoteWriteVersion { k1, k2 };

/// A request. The label bytes are looked at when
/// `raw` is expanded, or where a store does not know them.
struct RemoteWriteBatch {
  std::shared_ptr<const std::string> message;  ///< What `raw` borrows from.
  std::deque<std::string> gathered;            ///< Label bytes that did not stand together.
  RawBatch raw;
  std::vector<std::pair<std::string, Metadata>> metadata;
  size_t samples = 0;             ///< Histograms included.
  size_t histogram_parts = 0;     ///< What they count towards `max_samples`.
  size_t refused_histograms = 0;  ///< Those that cannot be; not in `raw`.
  std::string refused_why;        ///< The first of them, with its series; "" without any.
};

/// Why a request was refused: the label `reason` of
/// hinomi_remote_write_rejected_total.
enum class RemoteWriteRefusal { kNone, kTooLarge, kSnappy, kProtobuf, kLabels, kStorage };
std::string_view RemoteWriteRefusalName(RemoteWriteRefusal refusal);

/// Decodes a body as it came: snappy (block format) around a message.
/// Errors: kExhausted over a limit; kInvalidArgument for anything malformed.
/// `raw.canonical` refuses labels that are unsorted, duplicate, without a name or
/// no UTF-8, naming the series. Values keep their bits, the stale marker included.
Result<RemoteWriteBatch> DecodeRemoteWrite(std::string_view body, const RemoteWriteLimits& limits,
                                           RemoteWriteRefusal* refusal = nullptr,
                                           RemoteWriteVersion version = RemoteWriteVersion::k1);
/// The decompressed message.
Result<RemoteWriteBatch> DecodeWriteRequest(std::string message, const RemoteWriteLimits& limits,
                                            RemoteWriteRefusal* refusal = nullptr,
                                            RemoteWriteVersion version = RemoteWriteVersion::k1);

/// What of a request is stored, as senders of 2.0 want to be told.
struct RemoteWritten {
  size_t samples = 0;  ///< Floats.
  size_t histograms = 0;
  size_t exemplars = 0;
};

/// Takes requests into a store and counts what it refuses. `appender` and
/// `telemetry` must outlive it. Threads: any.
class RemoteWriteReceiver {
 public:
  RemoteWriteReceiver(Appender& appender, Telemetry& telemetry, RemoteWriteLimits limits = {});

  /// Returns when all of it is durable; nothing is kept of a refused request. A native
  /// histogram that cannot be costs itself: then everything else is durable, and the
  /// answer is kInvalidArgument that says so. Besides decoding errors those of
  /// `Appender::Append`.
  /// `written`, if given, is right after an error, too.
  Status Write(std::string_view body, RemoteWriteVersion version = RemoteWriteVersion::k1,
               RemoteWritten* written = nullptr);

 private:
  Appender& appender_;
  Telemetry& telemetry_;
  RemoteWriteLimits limits_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_REMOTE_WRITE_H_
