#include <algorithm>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/wal.h"

namespace hinomi::metrics {
namespace {

constexpr std::string_view kRecordMagic = "HNRC";
constexpr size_t kWindowBytes = 1u << 20;

/// A sliding view of the segment, so that a large one is not held in memory.
class Window {
 public:
  Window(const WalSource& source, uint64_t size) : source_(source), size_(size) {}

  /// The `length` bytes at `offset`, or fewer at the end.
  Result<std::string_view> At(uint64_t offset, size_t length) {
    length = static_cast<size_t>(std::min<uint64_t>(length, size_ - std::min(size_, offset)));
    if (offset < start_ || offset + length > start_ + bytes_.size()) {
      HN_TRY(bytes_, source_(offset, std::max(length, kWindowBytes)));
      start_ = offset;
    }
    return std::string_view(bytes_).substr(offset - start_, length);
  }

 private:
  const WalSource& source_;
  uint64_t size_;
  uint64_t start_ = 0;
  std::string bytes_;
};

class Scanner {
 public:
  Scanner(const WalSource& source, uint64_t size, uint64_t sequence)
      : window_(source, size),
        size_(size),
        sequence_(sequence),
        // Checking candidates after damage must not become quadratic.
        search_budget_(16 * size + kWalMaxRecordBytes) {}

  Result<WalScan> Run(const std::function<Status(std::string_view)>& sink) {
    WalScan scan;
    HN_TRY(const auto magic, window_.At(0, kWalMagic.size()));
    const bool headed = magic == kWalMagic;
    if (!headed && size_ <= kWalMagic.size()) return scan;  // The header itself was cut.
    if (!headed) scan.damages.push_back({"", 0, kWalMagic.size(), "damaged segment header"});
    uint64_t offset = kWalMagic.size();
    scan.valid_end = offset;
    while (offset < size_) {
      HN_TRY(offset, SkipPadding(offset));
      if (offset == size_) {
        scan.valid_end = size_;
        break;
      }
      HN_TRY(const uint64_t length, GoodRecordAt(offset));
      if (length == 0) {
        HN_TRY(const uint64_t next, NextGoodRecord(offset + 1));
        if (next >= size_) break;
        scan.damages.push_back({"", offset, next - offset, "damaged record"});
        offset = next;
        continue;
      }
      HN_TRY(const auto payload, window_.At(offset + kWalRecordHeaderBytes, length));
      const uint64_t whole = kWalRecordHeaderBytes + length;
      if (const Status taken = sink(payload)) {
        ++scan.records;
      } else {
        scan.damages.push_back({"", offset, whole, taken.error().message});
      }
      offset += whole;
      scan.valid_end = offset;
    }
    return scan;
  }

 private:
  /// The payload's length if a whole record with the right CRC stands there, else 0.
  Result<uint64_t> GoodRecordAt(uint64_t offset) {
    HN_TRY(const auto head, window_.At(offset, kWalRecordHeaderBytes));
    if (head.size() < kWalRecordHeaderBytes || !head.starts_with(kRecordMagic)) return uint64_t{0};
    const uint64_t length = ByteReader(head.substr(4)).Fixed32();
    if (length == 0 || length > kWalMaxRecordBytes ||
        length > size_ - offset - kWalRecordHeaderBytes)
      return uint64_t{0};
    HN_TRY(const auto whole, window_.At(offset, kWalRecordHeaderBytes + length));
    if (whole.size() != kWalRecordHeaderBytes + length) return uint64_t{0};
    const uint32_t right = WalRecordCrc(sequence_, offset, whole.substr(kWalRecordHeaderBytes));
    return ByteReader(whole.substr(8)).Fixed32() == right ? length : uint64_t{0};
  }

  /// The next page, if only zeros are before it and a good record begins there, or
  /// the segment ends.
  Result<uint64_t> SkipPadding(uint64_t offset) {
    const uint64_t page = (offset / kWalPageBytes + 1) * kWalPageBytes;
    HN_TRY(const auto rest, window_.At(offset, page - offset));
    if (rest.find_first_not_of('\0') != std::string_view::npos) return offset;
    if (page == size_) return page;
    HN_TRY(const uint64_t length, GoodRecordAt(page));
    return length != 0 ? page : offset;
  }

  /// Offset of the next record that proves itself, or the size if there is none.
  Result<uint64_t> NextGoodRecord(uint64_t offset) {
    while (offset < size_) {
      HN_TRY(const auto view, window_.At(offset, kWindowBytes));
      const size_t found = view.find(kRecordMagic);
      if (found == std::string_view::npos) {
        if (view.size() < kRecordMagic.size()) return size_;
        offset += view.size() - (kRecordMagic.size() - 1);
        if (offset + kRecordMagic.size() > size_) return size_;
        continue;
      }
      offset += found;
      const auto head = view.substr(found, kWalRecordHeaderBytes);
      const uint64_t cost =
          kWalRecordHeaderBytes +
          std::min<uint64_t>(ByteReader(head.substr(4)).Fixed32(), size_ - offset);
      if (cost > search_budget_) return size_;
      search_budget_ -= cost;
      HN_TRY(const uint64_t length, GoodRecordAt(offset));
      if (length != 0) return offset;
      ++offset;
    }
    return size_;
  }

  Window window_;
  uint64_t size_;
  uint64_t sequence_;
  uint64_t search_budget_;
};

}  // namespace

Result<WalScan> ScanWal(const WalSource& source, uint64_t size, uint64_t sequence,
                        const std::function<Status(std::string_view)>& sink) {
  return Scanner(source, size, sequence).Run(sink);
}

}  // namespace hinomi::metrics
