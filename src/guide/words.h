#ifndef HINOMI_GUIDE_WORDS_H_
#define HINOMI_GUIDE_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "text/catalogue.h"

namespace hinomi::guide {

/// The sentences of the product's tables (schemas, metrics, verbs, operations)
/// in the language of a page. The tables are in English; their Japanese stands
/// in reference_ja.json, by the English. Threads: one at a time.
class Words {
 public:
  explicit Words(text::Language language) : language_(language) {}

  /// The sentence in the language; where there is none, the English.
  std::string operator()(std::string_view english);
  text::Language language() const { return language_; }

  /// What was asked for and has no Japanese yet.
  const std::vector<std::string>& missing() const { return missing_; }
  /// All that was asked for.
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  text::Language language_;
  std::vector<std::string> missing_;
  std::vector<std::string> asked_;
};

/// The English sentences that have a Japanese one.
std::vector<std::string> TranslatedSentences();

}  // namespace hinomi::guide

#endif  // HINOMI_GUIDE_WORDS_H_
