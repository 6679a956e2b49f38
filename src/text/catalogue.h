#ifndef HINOMI_TEXT_CATALOGUE_H_
#define HINOMI_TEXT_CATALOGUE_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Every sentence that a person reads, in Japanese and in English. The one
/// source is catalogue.json beside this file; the console imports the same
/// file, and tools/check_catalogue.py holds both to it.
namespace hinomi::text {

enum class Language { kJapanese, kEnglish };

/// "ja" or "en", as written in `<html lang>` and in `?lang=`.
std::string_view LanguageTag(Language language);

/// Reads "ja", "en", "ja-JP" and the like; nothing for any other language.
std::optional<Language> LanguageFromTag(std::string_view tag);

/// The best of an Accept-Language header (RFC 9110, 12.5.4), by weight and then
/// by order; `fallback` when it names neither language.
Language LanguageFromHeader(std::string_view header, Language fallback);

/// Named values for the placeholders of a text: {{"level", "L2"}}.
using Arguments = std::initializer_list<std::pair<std::string_view, std::string>>;

/// The text of `key` with its `{placeholders}` filled in. Where a text has a
/// singular form it is taken when the argument "n" is "1". A key that is not in
/// the catalogue, or a placeholder without an argument, is a mistake of ours
/// and stops the process. The values are inserted as they are: escape the
/// result for where it goes. Threads: any.
std::string Format(Language language, std::string_view key, Arguments arguments = {});

/// True when the catalogue has the key; for names that come from outside.
bool HasKey(std::string_view key);

}  // namespace hinomi::text

#endif  // HINOMI_TEXT_CATALOGUE_H_
