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
