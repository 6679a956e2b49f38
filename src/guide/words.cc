#include "guide/words.h"

#include "base/check.h"
#include "base/json.h"
#include "guide/impl/files.h"

namespace hinomi::guide {
namespace {

const Json& Japanese() {
  static const Json sentences = [] {
    Result<Json> parsed = Json::Parse(impl::FileNamed(impl::GuideFiles(), "reference_ja.json"));
    HN_CHECK(parsed.has_value());
    return *std::move(parsed);
  }();
  return sentences;
}

}  // namespace

std::string Words::operator()(std::string_view english) {
  if (english.empty()) return "";
  asked_.emplace_back(english);
  if (language_ == text::Language::kEnglish) return std::string(english);
  const Json& japanese = Japanese()[english];
  if (japanese.is_string()) return japanese.as_string();
  missing_.emplace_back(english);
  return std::string(english);
}

std::vector<std::string> TranslatedSentences() {
  std::vector<std::string> sentences;
  for (const Json::Member& member : Japanese().as_object()) sentences.push_back(member.first);
  return sentences;
}

}  // namespace hinomi::guide
