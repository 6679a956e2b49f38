#include "text/catalogue.h"

#include <algorithm>

#include "base/check.h"
#include "base/strings.h"
#include "text/impl/table.h"

namespace hinomi::text {
namespace {

const impl::Row* FindRow(std::string_view key) {
  const auto table = impl::Table();
  const auto it = std::ranges::lower_bound(table, key, {}, &impl::Row::key);
  return it != table.end() && it->key == key ? &*it : nullptr;
}

const std::string* FindArgument(const Arguments& arguments, std::string_view name) {
  for (const auto& [given, value] : arguments) {
    if (given == name) return &value;
  }
  return nullptr;
}

std::string Fill(std::string_view pattern, const Arguments& arguments) {
  std::string out;
  out.reserve(pattern.size() + 32);
  while (!pattern.empty()) {
    const size_t open = pattern.find('{');
    out.append(pattern.substr(0, open));
    if (open == std::string_view::npos) break;
    const size_t close = pattern.find('}', open);
    HN_CHECK(close != std::string_view::npos);
    const std::string* value = FindArgument(arguments, pattern.substr(open + 1, close - open - 1));
    HN_CHECK(value != nullptr);
    out.append(*value);
    pattern.remove_prefix(close + 1);
  }
  return out;
}

/// The q value of one element of Accept-Language; 1 without one, 0 if unreadable.
double Weight(std::string_view parameters) {
  const size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return 1;
  return ParseDouble(Trim(parameters.substr(q + 2))).value_or(0);
}

}  // namespace

std::string_view LanguageTag(Language language) {
  return language == Language::kJapanese ? "ja" : "en";
}

std::optional<Language> LanguageFromTag(std::string_view tag) {
  const std::string_view primary = tag.substr(0, tag.find('-'));
  if (EqualsIgnoreCase(primary, "ja")) return Language::kJapanese;
  if (EqualsIgnoreCase(primary, "en")) return Language::kEnglish;
  return std::nullopt;
}

Language LanguageFromHeader(std::string_view header, Language fallback) {
  Language best = fallback;
  double best_weight = 0;
  for (std::string_view element : Split(header, ',')) {
    const size_t semicolon = element.find(';');
    const auto language = LanguageFromTag(Trim(element.substr(0, semicolon)));
    if (!language) continue;
    const double weight =
        semicolon == std::string_view::npos ? 1 : Weight(element.substr(semicolon + 1));
    if (weight > best_weight) {
      best = *language;
      best_weight = weight;
    }
  }
  return best;
}

std::string Format(Language language, std::string_view key, Arguments arguments) {
  const impl::Row* row = FindRow(key);
  HN_CHECK(row != nullptr);
  if (language == Language::kJapanese) return Fill(row->ja, arguments);
  const std::string* n = FindArgument(arguments, "n");
  const bool singular = !row->en_one.empty() && n != nullptr && *n == "1";
  return Fill(singular ? row->en_one : row->en, arguments);
}

bool HasKey(std::string_view key) {
  return FindRow(key) != nullptr;
}

}  // namespace hinomi::text
