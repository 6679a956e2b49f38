#ifndef HINOMI_GUIDE_SITE_H_
#define HINOMI_GUIDE_SITE_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "guide/words.h"

/// The guide as it is served below /docs: chapters of docs/guide and pages of
/// the reference, in one order, in two languages.
namespace hinomi::guide {

/// A page that is made from tables. Its address begins with "reference-".
struct Reference {
  std::string name;  ///< "reference-yaml"
  std::function<std::string(Words&)> markdown;
};

/// A page as Markdown.
struct Source {
  std::string name;   ///< "alarms"; "" for the first.
  std::string title;  ///< Its first heading.
  std::string markdown;
};

/// The chapters alone, in the order in which the first one lists them.
std::vector<Source> Chapters(text::Language language);

/// The address of a page from another one of the same language: "alarms", "./".
std::string AddressOf(std::string_view name);

class Site {
 public:
  /// `references` are asked at the first page of a language, and once.
  explicit Site(std::vector<Reference> references);

  /// The names of all pages, in order.
  std::vector<std::string> Names() const;
  /// A whole page of HTML, or nothing if there is none of that name. Threads: any.
  std::optional<std::string> Page(text::Language language, std::string_view name) const;

 private:
  using Book = std::vector<Source>;
  const Book& BookIn(text::Language language) const;

  std::vector<Reference> references_;
  mutable Mutex mutex_;
  mutable Book books_[2] HN_GUARDED_BY(mutex_);  ///< By language; never changed once made.
};

/// What all pages look like, as CSS: the console's tokens, and the guide's own.
std::string StyleSheet();

}  // namespace hinomi::guide

#endif  // HINOMI_GUIDE_SITE_H_
