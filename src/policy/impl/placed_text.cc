#include "policy/impl/placed_text.h"

#include <charconv>
#include <utility>

namespace hinomi::policy::impl {
namespace {

/// "1:5: parse error: …" taken apart; the place is 1:1 where there is none.
struct PlacedMessage {
  int line = 1;
  int column = 1;
  std::string_view rest;
};

PlacedMessage TakePlace(std::string_view message) {
  PlacedMessage placed{.rest = message};
  const char* end = message.data() + message.size();
  int line = 0, column = 0;
  const auto after_line = std::from_chars(message.data(), end, line);
  if (after_line.ec != std::errc() || after_line.ptr == end || *after_line.ptr != ':')
    return placed;
  const auto after_column = std::from_chars(after_line.ptr + 1, end, column);
  const std::string_view rest(after_column.ptr, static_cast<size_t>(end - after_column.ptr));
  if (after_column.ec != std::errc() || !rest.starts_with(": ")) return placed;
  return {line, column, rest.substr(2)};
}

class PlacedTextForm : public Form<std::string> {
 public:
  PlacedTextForm(TextRules rules, std::string prefix, std::function<Status(std::string_view)> parse)
      : text_(Text(std::move(rules))), prefix_(std::move(prefix)), parse_(std::move(parse)) {}

  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            std::string& out) const override {
    if (!text_->Read(reader, node, path, out)) return false;
    const Status parsed = parse_(out);
    if (parsed) return true;
    MistakeWithin(reader, node, path, prefix_, parsed.error().message);
    return false;
  }
  Json Schema() const override { return text_->Schema(); }

 private:
  FormPtr<std::string> text_;
  std::string prefix_;
  std::function<Status(std::string_view)> parse_;
};

}  // namespace

void MistakeWithin(Reader& reader, const yaml::Node& scalar, const std::string& path,
                   const std::string& prefix, std::string_view message) {
  const PlacedMessage what = TakePlace(message);
  reader.Mistake(reader.PlaceWithin(scalar, what.line, what.column), path,
                 prefix + ": " + std::to_string(what.line) + ":" + std::to_string(what.column) +
                     ": " + std::string(what.rest));
}

FormPtr<std::string> PlacedText(TextRules rules, std::string prefix,
                                std::function<Status(std::string_view)> parse) {
  return std::make_shared<PlacedTextForm>(std::move(rules), std::move(prefix), std::move(parse));
}

}  // namespace hinomi::policy::impl
