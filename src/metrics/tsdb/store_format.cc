#include "metrics/tsdb/store_format.h"

#include <fmt/format.h>

#include <optional>

#include "base/digest.h"
#include "base/strings.h"

// DATA/metrics/FORMAT (docs/formats/metrics-head.md):
//
//   hinomi metrics 3 5a6b7c8d        the number, and the CRC-32C of what stands before
namespace hinomi::metrics {
namespace {

constexpr const char* kFormatName = "/FORMAT";
constexpr std::string_view kFormatStart = "hinomi metrics ";
constexpr uint64_t kFirstFormat = 1;

std::string FormatText(uint64_t format) {
  const std::string text = fmt::format("{}{} ", kFormatStart, format);
  return fmt::format("{}{:08x}\n", text, Crc32c(text));
}

/// Nothing where it is damaged.
std::optional<uint64_t> FormatIn(std::string_view text) {
  if (!text.starts_with(kFormatStart)) return std::nullopt;
  const std::string_view rest = text.substr(kFormatStart.size());
  const auto format = ParseUint(rest.substr(0, rest.find(' ')));
  if (!format || FormatText(*format) != text) return std::nullopt;
  return format;
}

bool HasHead(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (name.starts_with("head-")) return true;
  return false;
}

}  // namespace

Status WriteStoreFormat(Files& files, const std::string& directory) {
  return files.WriteAtomically(directory + kFormatName, FormatText(kStoreFormat));
}

Status CheckStoreFormat(Files& files, Log& log, const std::string& directory) {
  const std::string path = directory + kFormatName;
  std::optional<uint64_t> format = kStoreFormat;
  const bool there = files.Exists(path);
  if (there) {
    HN_TRY(const std::string text, files.ReadAll(path));
    format = FormatIn(text);
    if (!format) log.Failed("the file is damaged and is written anew", {{"file", path}});
  } else {
    HN_TRY(const std::vector<std::string> names, files.List(directory));
    if (HasHead(names)) format = kFirstFormat;
  }
  if (format && (*format < kOldestStoreFormat || *format > kStoreFormat))
    return Conflict(fmt::format(
        "the metrics in {} have format {}, and this release reads format {}; use the release that "
        "wrote them, or give another data directory",
        directory, *format, kStoreFormat));
  if (there && format == kStoreFormat) return {};
  const Status written = WriteStoreFormat(files, directory);
  return there && !format ? Status() : written;  // A damaged one may as well stay.
}

}  // namespace hinomi::metrics
