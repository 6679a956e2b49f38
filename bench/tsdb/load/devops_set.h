#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "random.h"
#include "wire.h"

namespace hinomi::bench {

/// How the values of a series go on.
enum class Shape {
  kConstant,
  kInteger,    // A counter of whole steps.
  kDecimal,    // A counter of decimal fractions, or of full precision with step 0.
  kWalk,       // A gauge that walks between 0 and a bound.
  kReal,       // A gauge of full precision.
  kHistogram,  // A bucket or the count of a histogram.
};

struct SeriesDefinition {
  std::string name;
  Labels labels;
  Shape shape = Shape::kConstant;
  double rate = 0;   // Growth or stride a step; the value of a constant; a bucket's bound.
  double bound = 0;  // Top of a walk, centre of a real, requests a step of a histogram.
  double step = 0;   // What values are multiples of; 0 for any.
};

/// The hundred series of one host: modelled on node_exporter's counters, gauges and
/// constants, ten cpu_usage_* walks with two decimals, a histogram, four of full precision.
const std::vector<SeriesDefinition>& HostDefinitions();

/// Requests that a host's histogram saw in a step: the same number for all its buckets.
double HistogramRequests(Random& random);

/// The state of one series of one host.
class SeriesState {
 public:
  SeriesState(const SeriesDefinition& definition, uint64_t seed);

  double Next(const SeriesDefinition& definition, double histogram_requests);

 private:
  Random random_;
  double value_ = 0;
  double rate_ = 0;
};

}  // namespace hinomi::bench
