#include "metrics/tsdb/codec/column.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "metrics/tsdb/codec/binned.h"
#include "metrics/tsdb/codec/guess.h"
#include "metrics/tsdb/codec/packed.h"
#include "metrics/tsdb/codec/sparse.h"
#include "metrics/tsdb/codec/wrap.h"

namespace hinomi::metrics::codec {
namespace {

constexpr uint8_t kForms = 5;
// Packed, a column is read twice as fast as binned: so it may be longer by this part.
constexpr size_t kShareForSpeed = 16;
constexpr size_t kFewForBins = 24;  // Below, a table of bins never pays.

struct Residuals {
  Transform transform = Transform::kPlain;
  Start start;
  std::span<const int64_t> numbers;
  double bits = INFINITY;
};

// Where the residuals of the best transform and of the one being tried are.
using Spaces = std::array<std::array<int64_t, kMaxChunkSamples>, 2>;

// The transform that seems to leave the least to write.
Residuals BestResiduals(std::span<const int64_t> x, Forms forms, Spaces& spaces) {
  // Packed to a common base, steps alike take no more than their differences.
  const bool fast = forms == Forms::kFast;
  const uint8_t transforms = fast ? static_cast<uint8_t>(Transform::kDeltaDelta) : kTransforms;
  Residuals best;
  size_t space = 0;
  for (uint8_t t = 0; t < transforms; ++t) {
    const auto transform = static_cast<Transform>(t);
    const Start start = StartOf(transform, x);
    int64_t* const residuals = spaces[space].data();
    TakeResiduals(transform, start, x, residuals);
    const std::span<const int64_t> numbers(residuals, ResidualCount(transform, x.size()));
    const double bits = fast ? static_cast<double>(SumOfBits(numbers, MedianOfThree(numbers)))
                             : EntropyBits(numbers);
    if (bits >= best.bits) continue;
    best = {transform, start, numbers, bits};
    space ^= 1;
  }
  return best;
}

// What a column without residuals holds from `first` on: the same, or the same step, all along.
void FillLine(const ColumnHead& head, size_t first, std::span<int64_t> x) {
  const int64_t step = HasSlope(head.transform) ? head.start.slope : 0;
  int64_t next = WrapAdd(head.start.origin, WrapMul(step, static_cast<int64_t>(first)));
  for (int64_t& number : x) {
    number = next;
    next = WrapAdd(next, step);
  }
}

// Fills `residuals` with the last of `count`; all of them where the form wants that.
bool DecodeResiduals(Form form, std::string_view body, size_t count, std::span<int64_t> residuals) {
  switch (form) {
    case Form::kNone:
      return true;
    case Form::kPacked:
      return DecodePacked(body, count, residuals);
    case Form::kBinnedForward:
      return DecodeBinnedForward(body, residuals);
    case Form::kSparse:
      return DecodeSparse(body, count, residuals);
    case Form::kBinned:
      return DecodeBinned(body, count, residuals);
  }
  return false;
}

// Whether the last numbers follow from the last residuals.
bool EndIsEnough(const ColumnHead& head, std::optional<int64_t> last) {
  if (head.form == Form::kBinnedForward) return false;
  switch (head.transform) {
    case Transform::kPlain:
    case Transform::kLine:
      return true;
    case Transform::kDelta:
      return last.has_value();
    case Transform::kDeltaDelta:
      return false;
  }
  return false;
}

bool IsLine(std::span<const int64_t> x) {
  for (size_t i = 2; i < x.size(); ++i)
    if (static_cast<uint64_t>(x[i]) - static_cast<uint64_t>(x[i - 1]) !=
        static_cast<uint64_t>(x[1]) - static_cast<uint64_t>(x[0]))
      return false;
  return true;
}

}  // namespace

double GuessColumnBits(std::span<const int64_t> x) {
  Spaces spaces;
  return BestResiduals(x, Forms::kAll, spaces).bits;
}

EncodedColumn EncodeColumn(std::span<const int64_t> x, Forms forms) {
  EncodedColumn column;
  if (IsLine(x)) {
    const bool constant = x.size() == 1 || x[1] == x[0];
    column.head.transform = constant ? Transform::kPlain : Transform::kLine;
    column.head.start = StartOf(Transform::kDeltaDelta, x);
    return column;
  }
  Spaces spaces;
  const Residuals best = BestResiduals(x, forms, spaces);
  column.head = {Form::kPacked, best.transform, best.start};
  if (forms == Forms::kFast) {
    EncodePacked(best.numbers, column.body);
    return column;
  }
  size_t limit = SIZE_MAX;  // What the next form has to be shorter than.
  const auto keep_if_shorter = [&](Form form, std::string& body) {
    if (body.size() >= limit) return;
    column.head.form = form;
    column.body.swap(body);
    limit = column.body.size();
  };
  std::string body;
  if (best.numbers.size() >= kFewForBins && EncodeBinned(best.numbers, body))
    keep_if_shorter(Form::kBinned, body);
  body.clear();
  if (forms == Forms::kAll && EncodeSparse(best.numbers, body))
    keep_if_shorter(Form::kSparse, body);
  body.clear();
  if (column.head.form == Form::kBinned) limit += limit / kShareForSpeed;
  if (PackedBytes(best.numbers) < limit) {
    EncodePacked(best.numbers, body);
    keep_if_shorter(Form::kPacked, body);
  }
  return column;
}

void WriteColumnHead(const ColumnHead& head, ByteWriter& writer) {
  writer.Byte(static_cast<uint8_t>(static_cast<uint8_t>(head.form) |
                                   static_cast<uint8_t>(head.transform) << 4));
  writer.Zigzag(head.start.origin);
  if (HasSlope(head.transform)) writer.Zigzag(head.start.slope);
}

ColumnHead ReadColumnHead(ByteReader& reader) {
  const uint8_t byte = reader.Byte();
  ColumnHead head;
  if ((byte & 0xF) >= kForms || byte >> 4 >= kTransforms) {
    reader.Fail();
    return head;
  }
  head.form = static_cast<Form>(byte & 0xF);
  head.transform = static_cast<Transform>(byte >> 4);
  head.start.origin = reader.Zigzag();
  if (HasSlope(head.transform)) head.start.slope = reader.Zigzag();
  return head;
}

bool DecodeColumn(const ColumnHead& head, std::string_view body, std::span<int64_t> x) {
  if (head.form == Form::kNone) {
    FillLine(head, 0, x);
    return true;
  }
  const size_t count = ResidualCount(head.transform, x.size());
  if (!DecodeResiduals(head.form, body, count, x.last(count))) return false;
  AddResiduals(head.transform, head.start, x);
  return true;
}

bool DecodeColumnEnd(const ColumnHead& head, std::string_view body, size_t count,
                     std::optional<int64_t> last, std::span<int64_t> x) {
  const size_t first = count - x.size();
  if (first == 0) return DecodeColumn(head, body, x);
  if (head.form == Form::kNone) {
    FillLine(head, first, x);
    return true;
  }
  if (EndIsEnough(head, last)) {
    if (!DecodeResiduals(head.form, body, count - 1, x)) return false;
    AddResidualsOfEnd(head.transform, head.start, first, last.value_or(0), x);
    return true;
  }
  std::array<int64_t, kMaxChunkSamples> space;
  const std::span<int64_t> all(space.data(), count);
  if (!DecodeColumn(head, body, all)) return false;
  std::copy(all.begin() + static_cast<ptrdiff_t>(first), all.end(), x.begin());
  return true;
}

void WriteColumn(std::span<const int64_t> x, Forms forms, std::string& out) {
  const EncodedColumn column = EncodeColumn(x, forms);
  ByteWriter writer(out);
  WriteColumnHead(column.head, writer);
  if (column.head.form != Form::kNone) writer.String(column.body);
}

void ReadColumn(ByteReader& reader, Forms forms, std::span<int64_t> x) {
  const ColumnHead head = ReadColumnHead(reader);
  if (forms == Forms::kNoSparse && head.form == Form::kSparse) reader.Fail();
  const std::string_view body = head.form != Form::kNone ? reader.String() : std::string_view();
  if (!reader.failed() && !DecodeColumn(head, body, x)) reader.Fail();
}

}  // namespace hinomi::metrics::codec
