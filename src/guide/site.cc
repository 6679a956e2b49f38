#include "guide/site.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "guide/impl/addresses.h"
#include "guide/impl/files.h"
#include "guide/impl/layout.h"
#include "guide/markdown.h"

namespace hinomi::guide {
namespace {

Source MakeSource(std::string name, std::string markdown) {
  // The first line is "# Title".
  const std::vector<Heading> headings = HeadingsOf(markdown.substr(0, markdown.find('\n')));
  std::string title = headings.empty() ? name : headings[0].text;
  return {std::move(name), std::move(title), std::move(markdown)};
}

const std::string& SourceNamed(const std::vector<Source>& book, std::string_view name) {
  const auto found = std::ranges::find(book, name, &Source::name);
  HN_CHECK(found != book.end());
  return found->markdown;
}

std::vector<std::string> Ids(const std::string& markdown) {
  std::vector<std::string> ids;
  for (Heading& heading : HeadingsOf(markdown)) ids.push_back(std::move(heading.id));
  return ids;
}

/// From the anchors of a page to those of the same page in another language.
std::map<std::string, std::string> MatchAnchors(const std::string& from, const std::string& to) {
  const std::vector<std::string> keys = Ids(from);
  const std::vector<std::string> values = Ids(to);
  std::map<std::string, std::string> matched;
  for (size_t i = 0; i < std::min(keys.size(), values.size()); ++i) matched[keys[i]] = values[i];
  return matched;
}

}  // namespace

std::vector<Source> Chapters(text::Language language) {
  const std::string folder = std::string(text::LanguageTag(language)) + "/";
  const auto read = [&](const std::string& file) {
    return std::string(impl::FileNamed(impl::ChapterFiles(), folder + file));
  };
  std::vector<Source> chapters = {MakeSource("", read("README.md"))};
  for (const std::string& file : impl::ListedFiles(chapters[0].markdown))
    chapters.push_back(MakeSource(file.substr(0, file.size() - 3), read(file)));
  return chapters;
}

std::string AddressOf(std::string_view name) {
  return name.empty() ? "./" : std::string(name);
}

Site::Site(std::vector<Reference> references) : references_(std::move(references)) {}

std::vector<std::string> Site::Names() const {
  std::vector<std::string> names;
  for (const Source& chapter : Chapters(text::Language::kEnglish)) names.push_back(chapter.name);
  for (const Reference& reference : references_) names.push_back(reference.name);
  return names;
}

const Site::Book& Site::BookIn(text::Language language) const {
  const MutexLock lock(mutex_);
  Book& book = books_[language == text::Language::kEnglish ? 1 : 0];
  if (!book.empty()) return book;
  book = Chapters(language);
  Words words(language);
  for (const Reference& reference : references_)
    book.push_back(MakeSource(reference.name, reference.markdown(words)));
  return book;
}

std::optional<std::string> Site::Page(text::Language language, std::string_view name) const {
  const Book& book = BookIn(language);
  const auto at = std::ranges::find(book, name, &Source::name);
  if (at == book.end()) return std::nullopt;
  const Book& english = BookIn(text::Language::kEnglish);
  const std::map<std::string, std::string> anchors =
      MatchAnchors(SourceNamed(book, "reference"), SourceNamed(english, "reference"));

  RenderOptions options;
  options.table_label = text::Format(language, "guide.table");
  options.address = [&](std::string_view address) {
    return impl::ServedAddress(address, book, at->name, anchors);
  };
  if (language != text::Language::kEnglish) options.more_ids = Ids(SourceNamed(english, name));
  const Rendered rendered = RenderMarkdown(at->markdown, options);
  return impl::LayOut({language, book, static_cast<size_t>(at - book.begin()), rendered});
}

std::string StyleSheet() {
  return std::string(impl::FileNamed(impl::StyleFiles(), "tokens.css")) + "\n" +
         std::string(impl::FileNamed(impl::GuideFiles(), "guide.css"));
}

}  // namespace hinomi::guide
