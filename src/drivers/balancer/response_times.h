#ifndef HINOMI_DRIVERS_BALANCER_RESPONSE_TIMES_H_
#define HINOMI_DRIVERS_BALANCER_RESPONSE_TIMES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace hinomi::drivers {

/// Response times of one period's requests in a histogram of bounded size: exact
/// below 64 ms, at most 1/32 wide above. Not thread-safe.
class ResponseTimes {
 public:
  /// Negative ones do not count; above an hour an hour counts.
  void Add(int64_t milliseconds);

  uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  double SumSeconds() const { return sum_ms_ / 1'000; }
  /// The time that `share` (0 to 1) of the requests did not exceed, by nearest
  /// rank; 0 without requests.
  double QuantileSeconds(double share) const;

  /// The period as at most `limit` values of equal weight, ascending: with few
  /// requests each one's time, with many the means of groups of equal size in
  /// order. So a store of plain samples gives the true average, and percentiles
  /// as fine as the groups are.
  std::vector<double> Samples(size_t limit) const;

 private:
  struct Bucket {
    uint64_t count = 0;
    double sum_ms = 0;
  };
  std::map<int64_t, Bucket> buckets_;
  uint64_t count_ = 0;
  double sum_ms_ = 0;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_RESPONSE_TIMES_H_
