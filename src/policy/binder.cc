#include "policy/binder.h"

namespace hinomi::policy {
namespace {

constexpr size_t kShown = 40;  // Bytes of a value that a message repeats.

Finding MakeFinding(Finding::Level level, const std::string& file, const SourceText& source,
                    const Span& span, std::string_view path, std::string message) {
  Finding finding;
  finding.level = level;
  finding.file = file;
  finding.line = span.start.line;
  finding.column = span.start.column;
  finding.path = path;
  finding.message = std::move(message);
  finding.excerpt = source.Excerpt(span);
  return finding;
}

bool BeginsCharacter(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

int CharactersIn(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), BeginsCharacter));
}

/// Of the character at `column`, from 1; the length of the line where that ends before.
size_t BytesBefore(std::string_view line, int column) {
  size_t at = 0;
  for (int seen = 0; at < line.size(); ++at)
    if (BeginsCharacter(line[at]) && ++seen == column) break;
  return at;
}

/// In quotes, cut at a character's beginning, with control characters escaped.
std::string Quote(std::string_view text) {
  std::string quoted;
  if (text.size() <= kShown) {
    AppendJsonString(quoted, text);
    return quoted;
  }
  size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  AppendJsonString(quoted, std::string(text.substr(0, end)) + "…");
  return quoted;
}

}  // namespace

void Reader::Mistake(const Span& span, std::string_view path, std::string message) {
  ++mistakes_;
  findings_.push_back(
      MakeFinding(Finding::Level::kMistake, file_, source_, span, path, std::move(message)));
}

void Reader::Warning(const Span& span, std::string_view path, std::string message) {
  findings_.push_back(
      MakeFinding(Finding::Level::kWarning, file_, source_, span, path, std::move(message)));
}

void Reader::Expected(const yaml::Node& node, std::string_view path, std::string_view what) {
  Mistake(node.span, path, "expected " + std::string(what) + ", got " + Describe(node));
}

void Reader::Filled(std::string path, std::string value, std::string why) {
  defaults_.push_back({file_, std::move(path), std::move(value), std::move(why)});
}

Span Reader::PlaceOf(std::string_view path) const {
  while (!path.empty()) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second;
    const size_t cut = path.find_last_of(".[");
    path = cut == std::string_view::npos ? std::string_view() : path.substr(0, cut);
  }
  return {};
}

Span Reader::PlaceWithin(const yaml::Node& scalar, int line, int column) const {
  const std::vector<std::string_view> lines = Split(scalar.text, '\n');
  if (line < 1 || static_cast<size_t>(line) > lines.size()) return scalar.span;
  const std::string_view wanted = lines[static_cast<size_t>(line) - 1];
  // The text begins on the scalar's own line, or below the `|` of a block.
  for (const int below : {0, 1}) {
    const int number = scalar.span.start.line + below + line - 1;
    const std::string_view written = source_.Line(number);
    const size_t from =
        below == 0 && line == 1 ? BytesBefore(written, scalar.span.start.column) : 0;
    const size_t at = wanted.empty() ? std::string_view::npos : written.find(wanted, from);
    if (at == std::string_view::npos || number > scalar.span.end.line) continue;
    const size_t inside = std::min(wanted.size(), static_cast<size_t>(std::max(column, 1)) - 1);
    const int found = CharactersIn(written.substr(0, at + inside)) + 1;
    return {{number, found}, {number, found + 1}};
  }
  return scalar.span;
}

std::string Describe(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Kind::kInt:
    case yaml::Kind::kFloat:
      return "the number " + node.text;
    case yaml::Kind::kBool:
      return node.text;
    case yaml::Kind::kText:
      return node.text.empty() ? "an empty text" : "the text " + Quote(node.text);
    default:
      return std::string(yaml::KindName(node.kind));
  }
}

std::string Suggest(std::string_view name, std::span<const std::string> candidates) {
  if (candidates.empty()) return {};
  if (const auto nearest = NearestName(name, candidates)) {
    return "; did you mean \"" + *nearest + "\"?";
  }
  if (candidates.size() > 24) return {};
  return "; known are: " + Join(candidates, ", ");
}

}  // namespace hinomi::policy
