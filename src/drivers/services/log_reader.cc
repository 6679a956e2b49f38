#include "drivers/services/log_reader.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"

namespace hinomi::drivers {
namespace {

constexpr uint64_t kMostBytes = uint64_t{4} << 20;
/// Of the end of the output, to find the last lines in.
constexpr uint64_t kTailPiece = uint64_t{64} << 10;

/// One of the two files, oldest first in a list.
struct Spooled {
  std::string path;
  FileFacts facts;
};

struct Place {
  std::string identity;
  uint64_t offset = 0;
};

std::string CursorOf(const Place& place) {
  return place.identity + ":" + std::to_string(place.offset);
}

std::optional<Place> ParseCursor(const std::string& cursor) {
  const size_t colon = cursor.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  const auto offset = ParseUint(std::string_view(cursor).substr(colon + 1));
  if (!offset) return std::nullopt;
  return Place{cursor.substr(0, colon), *offset};
}

/// Looked at newest first: a file that turns into output.1 in between is then
/// seen twice and not missed.
Result<std::vector<Spooled>> FilesOf(Host& host, const std::string& directory) {
  std::vector<Spooled> files;
  for (const char* name : {"/output", "/output.1"}) {
    const std::string path = directory + name;
    auto facts = host.Stat(path);
    if (!facts && facts.error().code == ErrorCode::kNotFound) continue;
    if (!facts) return std::move(facts).error();
    if (!files.empty() && files.front().facts.identity == facts->identity) files.clear();
    files.insert(files.begin(), {path, *facts});
  }
  return files;
}

/// Where the last `lines` lines begin: at the first byte after the newline
/// before them.
Result<Place> TailOf(Host& host, const std::vector<Spooled>& files, uint64_t lines,
                     uint64_t limit_bytes) {
  Place place{files.back().facts.identity, files.back().facts.size_bytes};
  uint64_t newlines = 0;
  uint64_t walked = 0;
  bool first_byte = true;
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    uint64_t end = file->facts.size_bytes;
    while (end > 0) {
      const uint64_t begin = end - std::min(end, kTailPiece);
      HN_TRY(const FilePart part, host.ReadFile(file->path, begin, end - begin));
      if (part.facts.identity != file->facts.identity) return place;  // it turned meanwhile
      for (uint64_t i = part.bytes.size(); i > 0; --i) {
        const bool newline = part.bytes[i - 1] == '\n';
        // The newline at the very end closes the last line, it begins none.
        if (newline && !first_byte && ++newlines >= lines) return place;
        if (++walked > limit_bytes) return place;
        first_byte = false;
        place = {file->facts.identity, begin + i - 1};
      }
      end = begin;
    }
  }
  return place;
}

/// How many bytes at the end begin a character of UTF-8 and do not end it.
size_t UnfinishedBytes(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

/// A reader that shows the pieces as text sees each character whole. The rest of
/// one that never comes is given away alone.
void EndBetweenCharacters(std::string& text, Place& place) {
  const size_t unfinished = UnfinishedBytes(text);
  if (unfinished >= text.size() || unfinished > place.offset) return;
  text.resize(text.size() - unfinished);
  place.offset -= unfinished;
}

}  // namespace

Result<LogChunk> ReadRunOutput(Host& host, const std::string& directory,
                               const LogRequest& request) {
  const uint64_t limit = std::clamp<uint64_t>(request.limit_bytes, 1, kMostBytes);
  LogChunk chunk;
  chunk.cursor = request.cursor;
  HN_TRY(const std::vector<Spooled> files, FilesOf(host, directory));
  if (files.empty()) return chunk;

  Place place{files.front().facts.identity, 0};
  if (!request.cursor.empty()) {
    const auto given = ParseCursor(request.cursor);
    if (!given)
      return InvalidArgument("cannot read output from \"" + request.cursor +
                             "\": no cursor of an earlier answer");
    const bool there = std::any_of(files.begin(), files.end(), [&](const Spooled& file) {
      return file.facts.identity == given->identity && given->offset <= file.facts.size_bytes;
    });
    if (there) place = *given;
    chunk.lost = !there;
  } else if (request.tail_lines > 0) {
    HN_TRY(place, TailOf(host, files, request.tail_lines, limit));
  }

  bool reached = false;
  for (const Spooled& file : files) {
    if (!reached && file.facts.identity != place.identity) continue;
    if (reached) place = {file.facts.identity, 0};
    reached = true;
    HN_TRY(const FilePart part, host.ReadFile(file.path, place.offset, limit - chunk.text.size()));
    // It turned since: the next reading finds it under its other name.
    if (part.facts.identity != place.identity) break;
    chunk.text += part.bytes;
    place.offset += part.bytes.size();
    if (chunk.text.size() >= limit) break;
  }
  EndBetweenCharacters(chunk.text, place);
  chunk.cursor = CursorOf(place);
  return chunk;
}

}  // namespace hinomi::drivers
