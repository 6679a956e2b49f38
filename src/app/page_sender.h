#ifndef HINOMI_APP_PAGE_SENDER_H_
#define HINOMI_APP_PAGE_SENDER_H_

#include <functional>
#include <memory>
#include <string>

#include "api/console/picture.h"
#include "base/clock.h"
#include "identity/acknowledge_links.h"
#include "ops_model/decision.h"
#include "os/files.h"
#include "store/store.h"

namespace hinomi::app {

/// Does jobs of the kind "page": one attempt by one channel. What is secret or
/// personal is put in here and nowhere before: the address behind its
/// commitment, the one-time link, the channel's credentials. Threads: any.
class PageSender {
 public:
  struct Context {
    store::Store& store;
    Files& files;
    const Clock& clock;
    identity::AcknowledgeLinks& links;
    std::string outbox_directory;
    std::function<std::shared_ptr<const api::Picture>()> picture;
    /// Base of the links in messages, e.g. "http://127.0.0.1:9140".
    std::function<std::string()> base_url;
  };

  explicit PageSender(Context context) : context_(std::move(context)) {}

  ops_model::JobResult Send(const store::Job& job) const;

 private:
  Result<std::string> AcknowledgeUrl(const Json& payload) const;
  /// The text behind a commitment; other texts as they are.
  Result<std::string> Open(const std::string& text) const;

  Context context_;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_PAGE_SENDER_H_
