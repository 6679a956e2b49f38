#include "guide/impl/layout.h"

#include "base/strings.h"

namespace hinomi::guide::impl {
namespace {

using text::Format;

text::Language Other(text::Language language) {
  return language == text::Language::kEnglish ? text::Language::kJapanese
                                              : text::Language::kEnglish;
}

std::string Link(std::string_view address, std::string_view words, std::string_view more = "") {
  return "<a href=\"" + HtmlEscape(address) + "\"" + std::string(more) + ">" + HtmlEscape(words) +
         "</a>";
}

/// The same page in the other language.
std::string OtherAddress(const Sheet& sheet) {
  return "../" + std::string(text::LanguageTag(Other(sheet.language))) + "/" +
         sheet.book[sheet.place].name;
}

std::string Head(const Sheet& sheet) {
  const std::string tag(text::LanguageTag(sheet.language));
  const std::string other(text::LanguageTag(Other(sheet.language)));
  const std::string title =
      Format(sheet.language, "guide.page_title", {{"page", sheet.book[sheet.place].title}});
  return "<!doctype html>\n<html lang=\"" + tag +
         "\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         HtmlEscape(title) +
         "</title>\n<link rel=\"icon\" href=\"../../favicon.svg\">\n"
         "<link rel=\"stylesheet\" href=\"../guide.css\">\n<link rel=\"alternate\" hreflang=\"" +
         other + "\" href=\"" + HtmlEscape(OtherAddress(sheet)) + "\">\n</head>\n";
}

std::string Bar(const Sheet& sheet) {
  const std::string other(text::LanguageTag(Other(sheet.language)));
  return "<a class=\"skip\" href=\"#content\">" + HtmlEscape(Format(sheet.language, "shell.skip")) +
         "</a>\n<header class=\"bar\">" +
         Link("./", Format(sheet.language, "guide.title"), " class=\"brand\"") + "<span>" +
         Link("#chapters", Format(sheet.language, "guide.chapters"), " class=\"narrow\"") +
         Link("../../", Format(sheet.language, "guide.console")) +
         Link(OtherAddress(sheet), Format(Other(sheet.language), "guide.this_language"),
              " lang=\"" + other + "\" hreflang=\"" + other + "\"") +
         "</span></header>\n";
}

std::string Contents(const Sheet& sheet) {
  std::string entries;
  for (const Heading& heading : sheet.content.headings)
    if (heading.level == 2) entries += "<li>" + Link("#" + heading.id, heading.text) + "</li>\n";
  if (entries.empty()) return "";
  const std::string label = HtmlEscape(Format(sheet.language, "guide.contents"));
  return "<nav class=\"contents\" aria-label=\"" + label + "\">\n<p>" + label + "</p>\n<ul>\n" +
         entries + "</ul>\n</nav>\n";
}

std::string Turn(const Sheet& sheet) {
  std::string out = "<nav class=\"turn\" aria-label=\"" +
                    HtmlEscape(Format(sheet.language, "guide.turn")) + "\">\n";
  if (sheet.place > 0) {
    const Source& before = sheet.book[sheet.place - 1];
    out +=
        Link(AddressOf(before.name),
             Format(sheet.language, "guide.previous", {{"page", before.title}}), " rel=\"prev\"") +
        "\n";
  }
  if (sheet.place + 1 < sheet.book.size()) {
    const Source& after = sheet.book[sheet.place + 1];
    out += Link(AddressOf(after.name),
                Format(sheet.language, "guide.next", {{"page", after.title}}), " rel=\"next\"") +
           "\n";
  }
  return out + "</nav>\n";
}

std::string ChapterList(const Sheet& sheet) {
  std::string out = "<nav class=\"chapters\" id=\"chapters\" aria-label=\"" +
                    HtmlEscape(Format(sheet.language, "guide.chapters")) + "\">\n<ul>\n";
  for (size_t i = 0; i < sheet.book.size(); ++i)
    out += "<li>" +
           Link(AddressOf(sheet.book[i].name), sheet.book[i].title,
                i == sheet.place ? " aria-current=\"page\"" : "") +
           "</li>\n";
  return out + "</ul>\n</nav>\n";
}

/// The page's title stays above the list of what is on it.
std::string Body(const Sheet& sheet) {
  const std::string& html = sheet.content.html;
  constexpr std::string_view kEnd = "</h1>";
  const size_t title = html.find(kEnd);
  if (title == std::string::npos) return html;
  const size_t cut = title + kEnd.size();
  return html.substr(0, cut) + "\n" + Contents(sheet) + html.substr(cut);
}

}  // namespace

std::string LayOut(const Sheet& sheet) {
  return Head(sheet) + "<body>\n" + Bar(sheet) + "<div class=\"page\">\n<main id=\"content\">\n" +
         Body(sheet) + Turn(sheet) + "</main>\n" + ChapterList(sheet) +
         "</div>\n</body>\n</html>\n";
}

}  // namespace hinomi::guide::impl
