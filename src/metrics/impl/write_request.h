#ifndef HINOMI_METRICS_IMPL_WRITE_REQUEST_H_
#define HINOMI_METRICS_IMPL_WRITE_REQUEST_H_

#include <cstdint>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "metrics/remote_write.h"

namespace hinomi::metrics {

// What the decoders of remote write 1.0 and 2.0 share. Reading messages throws
// protozero::exception where the bytes are none.

Error MalformedWrite(const protozero::exception& broken);

/// Label bytes as they came → valid ones. kInvalidArgument for labels that are unsorted,
/// duplicate, without a name, too many or too long, or no UTF-8; it names the series.
Result<std::string> CanonicalWriteLabels(const RemoteWriteLimits& limits,
                                         std::string_view label_bytes);
/// The labels for people to read, in whatever form.
std::string WriteSeriesName(std::string_view label_bytes);

Sample ReadWriteSample(protozero::pbf_reader message);
/// By prometheus.MetricMetadata and the Metadata of 2.0.
MetricType WriteMetricType(int32_t type);
/// Into the batch, or among those that it refuses.
void TakeWriteHistogram(std::string_view label_bytes, protozero::pbf_reader message,
                        RemoteWriteBatch& batch);
Error TooManyWriteSamples(const RemoteWriteLimits& limits);
/// That, if what is in the batch is more than a request may hold.
Status CheckWriteSize(const RemoteWriteBatch& batch, const RemoteWriteLimits& limits);
/// The message of version 2.0. Errors: kExhausted over a limit; kInvalidArgument.
Result<RemoteWriteBatch> DecodeSymbolWriteRequest(std::string message,
                                                  const RemoteWriteLimits& limits);
/// Once everything is in it.
RemoteWriteBatch FinishedWrite(RemoteWriteBatch batch, const RemoteWriteLimits& limits);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_WRITE_REQUEST_H_
