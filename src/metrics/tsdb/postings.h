#ifndef HINOMI_METRICS_TSDB_POSTINGS_H_
#define HINOMI_METRICS_TSDB_POSTINGS_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi::metrics {

/// Ids of series, strictly ascending.
using Postings = std::vector<uint32_t>;

/// Sets of ids are worked on window by window: 65,536 ids are 8 KiB of bits,
/// which stay in the processor's nearest cache.
inline constexpr uint32_t kWindowBits = 16;
inline constexpr uint32_t kWindowIds = 1u << kWindowBits;
/// Behind every window: the end of a list.
inline constexpr uint32_t kNoWindow = UINT32_MAX;

/// The ids of one window as bits.
class IdWindow {
 public:
  void Clear() { words_.fill(0); }
  void Add(uint32_t low) { words_[low / 64] |= uint64_t{1} << (low % 64); }
  void AddRange(uint32_t first, uint32_t last);  ///< Both inclusive, below kWindowIds.
  void AddBits(std::string_view bits);           ///< At most kWindowIds / 8 bytes.
  void And(const IdWindow& other);
  void Remove(const IdWindow& other);
  bool empty() const;
  /// `base` plus each id, ascending.
  void AppendTo(uint32_t base, Postings& ids) const;

 private:
  std::array<uint64_t, kWindowIds / 64> words_{};
};

/// Appends `ids` (not empty, each below `series`) to `out`: how many there are,
/// and for each window with any of them the shortest of an array, runs and
/// bits. docs/formats/metrics-index.md. Pure.
void EncodePostings(std::span<const uint32_t> ids, uint32_t series, std::string& out);

/// How many ids a list says it has, without decoding it; 0 if it is damaged.
uint32_t PostingsCount(std::string_view bytes);

/// Walks over an encoded list, window by window. Whatever the bytes, it stays
/// within them and the windows of `series` ids; damage ends it with `failed()`.
class PostingsCursor {
 public:
  PostingsCursor(std::string_view bytes, uint32_t series);

  uint32_t count() const { return count_; }
  /// Where it stands; kNoWindow at the end.
  uint32_t window() const { return window_; }
  void AddTo(IdWindow& ids) const;  ///< Adds this window's ids.
  void Advance();                   ///< To the next window with any ids.
  bool failed() const { return failed_; }

 private:
  enum class Kind { kArray, kRuns, kBits };
  friend void EncodePostings(std::span<const uint32_t>, uint32_t, std::string&);
  void Fail();

  std::string_view rest_;
  std::string_view payload_;
  uint32_t series_;
  uint32_t count_ = 0;
  uint32_t window_ = kNoWindow;
  Kind kind_ = Kind::kArray;
  bool failed_ = false;
};

/// All ids of an encoded list; fewer if it is damaged.
Postings DecodePostings(std::string_view bytes, uint32_t series);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_POSTINGS_H_
