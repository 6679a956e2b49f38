#ifndef HINOMI_PROMQL_RANDOM_QUERY_TESTING_H_
#define HINOMI_PROMQL_RANDOM_QUERY_TESTING_H_

#include <string>

#include "promql/choices_testing.h"
#include "promql/obvious_evaluator_testing.h"

namespace hinomi::promql {

/// A query over RandomData from `start_ms` on. Its types fit; at run time some fail, as those
/// of people do: many-to-many matches, two series of one name. No `info`, `limit_ratio` (chooses
/// by a hash) or native histograms.
std::string RandomQuery(Choices& choices, int64_t start_ms);

/// When it is asked: at one time or at some steps, around the half hour of the series and often
/// at the very times of samples.
obvious::Times RandomTimesOfQuery(Choices& choices, int64_t start_ms);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_RANDOM_QUERY_TESTING_H_
