#ifndef HINOMI_METRICS_TSDB_TESTING_H_
#define HINOMI_METRICS_TSDB_TESTING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "metrics/model.h"
#include "metrics/tsdb/block.h"

namespace hinomi::metrics {

/// What a set of blocks is held against: every sample by series and time, the
/// value as its bits.
using SampleModel = std::map<Labels, std::map<int64_t, uint64_t>>;

/// As values of all kinds are: counters, constants, true doubles, NaNs with a
/// payload, staleness marks.
double AnyValue(Random& random);
/// Up to `series` series of `m` to `m`+2 labels each with some of the times of
/// `window`.
SampleModel AnySamples(Random& random, const TimeWindow& window, size_t series, size_t samples);
/// `later` counts where both have a sample.
void Overlay(SampleModel& model, const SampleModel& later);
/// Removes what all of `matchers` match in `range`.
void Erase(SampleModel& model, const std::vector<Matcher>& matchers, const TimeWindow& range);
/// The matching part of it.
SampleModel Part(const SampleModel& model, const std::vector<Matcher>& matchers,
                 const TimeWindow& range);

/// Adds all of it to a block.
Status AddModel(BlockWriter& writer, const SampleModel& model);
/// Every sample of a block that can be read.
SampleModel ModelOf(const Block& block);
SampleModel ModelOf(const std::vector<SeriesColumns>& selected);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_TESTING_H_
