#include "api/guide/guide_api.h"

#include <map>
#include <memory>

#include "api/coding.h"
#include "api/console/assets.h"
#include "api/guide/http_reference.h"
#include "base/digest.h"
#include "base/mutex.h"
#include "guide/reference.h"

namespace hinomi::api {
namespace {

using http::Request;
using http::Response;

/// A page or style sheet, ready to be sent.
struct Ready {
  std::string content_type, etag, plain, gzip;

  Asset AsAsset() const {
    return {.path = "",
            .content_type = content_type,
            .etag = etag,
            .immutable = false,
            .plain = plain,
            .gzip = gzip,
            .brotli = ""};
  }
};

std::shared_ptr<const Ready> MakeReady(std::string content_type, std::string plain) {
  std::string gzip = Gzip(plain);
  return std::make_shared<Ready>(Ready{std::move(content_type),
                                       "\"" + ToHex(Sha256(plain)).substr(0, 32) + "\"", plain,
                                       std::move(gzip)});
}

/// Pages are made when they are first asked for, and kept: there are few.
class GuidePages {
 public:
  explicit GuidePages(std::vector<guide::Reference> references) : site_(std::move(references)) {}

  std::shared_ptr<const Ready> Page(text::Language language, const std::string& name) {
    const std::pair<text::Language, std::string> key(language, name);
    const MutexLock lock(mutex_);
    if (const auto found = ready_.find(key); found != ready_.end()) return found->second;
    const std::optional<std::string> page = site_.Page(language, name);
    if (!page) return nullptr;
    return ready_[key] = MakeReady("text/html; charset=utf-8", *page);
  }

  std::shared_ptr<const Ready> StyleSheet() const { return style_sheet_; }

 private:
  const guide::Site site_;
  const std::shared_ptr<const Ready> style_sheet_ =
      MakeReady("text/css; charset=utf-8", guide::StyleSheet());
  Mutex mutex_;
  std::map<std::pair<text::Language, std::string>, std::shared_ptr<const Ready>> ready_
      HN_GUARDED_BY(mutex_);
};

text::Language PreferredLanguage(const Request& request) {
  return text::LanguageFromHeader(request.Header("accept-language"), text::Language::kEnglish);
}

Response NoPage(text::Language language) {
  Response response;
  response.status = 404;
  response.content_type = "text/plain; charset=utf-8";
  response.body = text::Format(language, "guide.no_page") + "\n";
  return response;
}

Response Answer(const std::shared_ptr<const Ready>& ready, const Request& request) {
  if (!ready) return NoPage(PreferredLanguage(request));
  AssetAnswer answer = AnswerAsset(ready->AsAsset(), request.Header("accept-encoding"),
                                   request.Header("if-none-match"));
  Response response;
  response.status = answer.status;
  response.content_type = answer.content_type;
  response.headers = std::move(answer.headers);
  response.body = answer.body;
  return response;
}

/// To an address from the one that was asked for: it holds behind a proxy that
/// puts Hinomi below a path as well.
Response LeadTo(const std::string& address) {
  Response response;
  response.status = 302;
  response.content_type = "text/plain; charset=utf-8";
  response.headers = {
      {"Location", address}, {"Vary", "Accept-Language"}, {"Cache-Control", "no-cache"}};
  return response;
}

void Add(http::Server& server, const char* pattern, http::Handler handler) {
  http::Route route;
  route.method = "GET";
  route.pattern = pattern;
  route.right = "public";
  route.handler = std::move(handler);
  // People come here by links in chats and mails.
  route.open_page = true;
  server.Add(std::move(route));
}

}  // namespace

void AddGuideRoutes(http::Server& server, const std::string& release,
                    guide::Reference command_reference) {
  const auto pages = std::make_shared<GuidePages>(std::vector<guide::Reference>{
      {"reference-yaml", guide::YamlReference},
      {"reference-metrics", guide::MetricReference},
      {"reference-http",
       [&server, release](guide::Words& words) { return HttpReference(server, release, words); }},
      std::move(command_reference)});
  const auto page = [pages](const Request& request) {
    const auto language = text::LanguageFromTag(request.PathValue("language"));
    if (!language || text::LanguageTag(*language) != request.PathValue("language"))
      return NoPage(PreferredLanguage(request));
    return Answer(pages->Page(*language, std::string(request.PathValue("page"))), request);
  };
  Add(server, "/docs", [](const Request& request) {
    return LeadTo("docs/" + std::string(text::LanguageTag(PreferredLanguage(request))) + "/");
  });
  Add(server, "/docs/", [](const Request& request) {
    return LeadTo(std::string(text::LanguageTag(PreferredLanguage(request))) + "/");
  });
  Add(server, "/docs/{language}", [](const Request& request) {
    const auto language = text::LanguageFromTag(request.PathValue("language"));
    if (!language) return NoPage(PreferredLanguage(request));
    return LeadTo(std::string(text::LanguageTag(*language)) + "/");
  });
  Add(server, "/docs/{language}/", page);
  Add(server, "/docs/{language}/{page}", page);
  Add(server, "/docs/guide.css",
      [pages](const Request& request) { return Answer(pages->StyleSheet(), request); });
}

}  // namespace hinomi::api
