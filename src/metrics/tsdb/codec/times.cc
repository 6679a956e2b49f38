#include "metrics/tsdb/codec/times.h"

namespace hinomi::metrics::codec {

void WriteTimesHead(const ColumnHead& column, std::span<const int64_t> at_ms, ByteWriter& writer) {
  WriteColumnHead(column, writer);
  if (column.form != Form::kNone)
    writer.Varint(static_cast<uint64_t>(at_ms.back()) - static_cast<uint64_t>(at_ms.front()));
}

TimesHead ReadTimesHead(ByteReader& reader, size_t count) {
  TimesHead head;
  head.column = ReadColumnHead(reader);
  const uint64_t span = head.column.form != Form::kNone
                            ? reader.Varint()
                            : (count - 1) * static_cast<uint64_t>(head.column.start.slope);
  head.last_ms = static_cast<int64_t>(static_cast<uint64_t>(head.first_ms()) + span);
  return head;
}

}  // namespace hinomi::metrics::codec
