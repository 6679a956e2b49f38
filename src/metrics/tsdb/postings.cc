#include "metrics/tsdb/postings.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "metrics/impl/byte_codec.h"

namespace hinomi::metrics {
namespace {

uint32_t Low16(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]) | uint32_t{static_cast<uint8_t>(bytes[at + 1])} << 8;
}

void AppendLow16(uint32_t id, std::string& out) {
  out += static_cast<char>(id);
  out += static_cast<char>(id >> 8);
}

/// The last window has fewer ids than the others, and shorter bits.
size_t BitsSize(uint32_t window, uint32_t series) {
  return (std::min(series - (window << kWindowBits), kWindowIds) + 7) / 8;
}

size_t CountRuns(std::span<const uint32_t> ids) {
  size_t runs = 1;
  for (size_t i = 1; i < ids.size(); ++i) runs += ids[i] != ids[i - 1] + 1;
  return runs;
}

void AppendRuns(std::span<const uint32_t> ids, std::string& out) {
  for (size_t i = 0; i < ids.size();) {
    size_t end = i + 1;
    while (end < ids.size() && ids[end] == ids[end - 1] + 1) ++end;
    AppendLow16(ids[i], out);
    AppendLow16(static_cast<uint32_t>(end - i - 1), out);
    i = end;
  }
}

void AppendBits(std::span<const uint32_t> ids, size_t size, std::string& out) {
  const size_t at = out.size();
  out.resize(at + size);
  for (const uint32_t id : ids) {
    const uint32_t low = id % kWindowIds;
    char& byte = out[at + low / 8];
    byte = static_cast<char>(byte | 1 << (low % 8));
  }
}

}  // namespace

void IdWindow::AddRange(uint32_t first, uint32_t last) {
  const uint64_t head = ~uint64_t{0} << (first % 64);
  const uint64_t tail = ~uint64_t{0} >> (63 - last % 64);
  if (first / 64 == last / 64) {
    words_[first / 64] |= head & tail;
    return;
  }
  words_[first / 64] |= head;
  for (uint32_t word = first / 64 + 1; word < last / 64; ++word) words_[word] = ~uint64_t{0};
  words_[last / 64] |= tail;
}

void IdWindow::AddBits(std::string_view bits) {
  static_assert(std::endian::native == std::endian::little);
  const size_t whole = bits.size() / 8;
  for (size_t i = 0; i < whole; ++i) {
    uint64_t word;
    std::memcpy(&word, bits.data() + 8 * i, 8);
    words_[i] |= word;
  }
  for (size_t i = 8 * whole; i < bits.size(); ++i)
    words_[i / 8] |= uint64_t{static_cast<uint8_t>(bits[i])} << (8 * (i % 8));
}

void IdWindow::And(const IdWindow& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}

void IdWindow::Remove(const IdWindow& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
}

bool IdWindow::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](uint64_t word) { return word == 0; });
}

void IdWindow::AppendTo(uint32_t base, Postings& ids) const {
  for (uint32_t i = 0; i < words_.size(); ++i)
    for (uint64_t word = words_[i]; word != 0; word &= word - 1)
      ids.push_back(base + i * 64 + static_cast<uint32_t>(std::countr_zero(word)));
}

void EncodePostings(std::span<const uint32_t> ids, uint32_t series, std::string& out) {
  using Kind = PostingsCursor::Kind;
  ByteWriter writer(out);
  writer.Varint(ids.size());
  uint32_t next_window = 0;
  for (size_t begin = 0; begin < ids.size();) {
    const uint32_t window = ids[begin] >> kWindowBits;
    size_t end = begin;
    while (end < ids.size() && ids[end] >> kWindowBits == window) ++end;
    const auto part = ids.subspan(begin, end - begin);
    const size_t runs = CountRuns(part);
    const size_t bits = BitsSize(window, series);
    const auto head = [&](Kind kind) {
      writer.Varint(uint64_t{window - next_window} << 2 | static_cast<unsigned>(kind));
    };
    if (4 * runs < std::min(2 * part.size(), bits)) {
      head(Kind::kRuns);
      writer.Varint(runs);
      AppendRuns(part, out);
    } else if (2 * part.size() <= bits) {
      head(Kind::kArray);
      writer.Varint(part.size());
      for (const uint32_t id : part) AppendLow16(id, out);
    } else {
      head(Kind::kBits);
      AppendBits(part, bits, out);
    }
    next_window = window + 1;
    begin = end;
  }
}

uint32_t PostingsCount(std::string_view bytes) {
  const uint64_t count = ByteReader(bytes).Varint();
  return count < UINT32_MAX ? static_cast<uint32_t>(count) : 0;
}

PostingsCursor::PostingsCursor(std::string_view bytes, uint32_t series)
    : rest_(bytes), series_(series), count_(PostingsCount(bytes)) {
  ByteReader reader(bytes);
  reader.Varint();
  rest_ = bytes.substr(bytes.size() - reader.remaining());
  if (count_ == 0 || count_ > series_)
    Fail();
  else
    Advance();
}

void PostingsCursor::Fail() {
  failed_ = true;
  window_ = kNoWindow;
  rest_ = payload_ = {};
}

void PostingsCursor::Advance() {
  if (rest_.empty()) {
    window_ = kNoWindow;
    return;
  }
  ByteReader reader(rest_);
  const uint64_t head = reader.Varint();
  // kNoWindow stands before the first window.
  const uint64_t window = (head >> 2) + static_cast<uint32_t>(window_ + 1);
  kind_ = static_cast<Kind>(head & 3);
  if (reader.failed() || head >> 34 != 0 || (head & 3) > 2 || window > (series_ - 1) >> kWindowBits)
    return Fail();
  window_ = static_cast<uint32_t>(window);
  uint64_t size = BitsSize(window_, series_);
  if (kind_ != Kind::kBits) {
    const uint64_t count = reader.Varint();
    if (reader.failed() || count == 0 || count > kWindowIds) return Fail();
    size = count * (kind_ == Kind::kRuns ? 4 : 2);
  }
  if (size > reader.remaining()) return Fail();
  payload_ = rest_.substr(rest_.size() - reader.remaining(), size);
  rest_.remove_prefix(rest_.size() - reader.remaining() + size);
}

void PostingsCursor::AddTo(IdWindow& ids) const {
  switch (kind_) {
    case Kind::kArray:
      for (size_t i = 0; i < payload_.size(); i += 2) ids.Add(Low16(payload_, i));
      break;
    case Kind::kRuns:
      for (size_t i = 0; i < payload_.size(); i += 4) {
        const uint32_t first = Low16(payload_, i);
        ids.AddRange(first, std::min(first + Low16(payload_, i + 2), kWindowIds - 1));
      }
      break;
    case Kind::kBits:
      ids.AddBits(payload_);
      break;
  }
}

Postings DecodePostings(std::string_view bytes, uint32_t series) {
  Postings ids;
  IdWindow window;
  for (PostingsCursor cursor(bytes, series); cursor.window() != kNoWindow; cursor.Advance()) {
    window.Clear();
    cursor.AddTo(window);
    window.AppendTo(cursor.window() << kWindowBits, ids);
  }
  while (!ids.empty() && ids.back() >= series) ids.pop_back();
  return ids;
}

}  // namespace hinomi::metrics
