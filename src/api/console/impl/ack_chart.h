#ifndef HINOMI_API_CONSOLE_IMPL_ACK_CHART_H_
#define HINOMI_API_CONSOLE_IMPL_ACK_CHART_H_

#include <string>
#include <string_view>

#include "api/console/ack_page.h"

namespace hinomi::api::impl {

/// "03:12" at this offset from UTC.
std::string MinuteOf(Instant at, Duration utc_offset);
/// "03:12:04" at this offset from UTC.
std::string ClockOf(Instant at, Duration utc_offset);

/// At most `limit` bytes of the text, cut between characters and then marked
/// with an ellipsis.
std::string CutText(std::string_view text, size_t limit);

/// The chart as SVG with a heading, or "" without any value.
std::string RenderChart(const AckChart& chart, text::Language language, Duration utc_offset);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_ACK_CHART_H_
