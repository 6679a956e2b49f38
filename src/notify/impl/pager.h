#ifndef HINOMI_NOTIFY_IMPL_PAGER_H_
#define HINOMI_NOTIFY_IMPL_PAGER_H_

#include <set>
#include <string>

#include "notify/notify.h"

namespace hinomi::notify::impl {

/// Collects one decision: chooses ways, numbers pages, writes events and jobs.
/// Lives for one call of Decide; borrows its arguments.
class Pager {
 public:
  Pager(const State& state, const policy::OpsFolder& policy, Instant now)
      : state_(state), policy_(policy), now_(now), next_page_(state.last_page + 1) {}

  /// A first page about the topic to a contact, if he has none in the queue.
  void PageContact(const Topic& topic, const std::string& name, const std::string& level,
                   const std::string& why);
  /// The next way to the contact beside or after a page's own. False if there
  /// is none.
  bool TakeNextWay(const Topic& topic, const Page& failed);
  /// The same after a page's way failed; the outbox, as a last resort, if there
  /// is none.
  void FailOver(const Topic& topic, const Page& failed);
  /// A notice ("acknowledged", "resolved") where a page had arrived.
  void Notice(const Topic& topic, const std::string& kind, const ops_model::PageQueued& arrived);
  /// A test page by one method. Returns its name.
  std::string Test(const std::string& contact, const policy::ChannelDocument& channel,
                   const std::string& address, int method);

  ops_model::Decision& decision() { return decision_; }
  ops_model::Decision Take() { return std::move(decision_); }

 private:
  struct Way {
    int method = 0;
    std::string channel, channel_type, destination;
    bool skipped = false;  ///< Methods before it are unconfigured.
  };
  /// First usable method from `first` on; nothing if none is left.
  std::optional<Way> FindWay(const policy::ContactDocument& contact, int first) const;
  /// The outbox, which takes everything: a channel of that type, if declared.
  Way Outbox(const policy::ContactDocument& contact) const;
  const policy::ContactDocument* FindContact(const std::string& name) const;
  const policy::ChannelDocument* FindChannel(const std::string& name) const;
  /// `tried`: also one that was tried already.
  bool HasPageOnItsWay(const std::string& incident, const std::string& contact, bool tried) const;

  /// Holds the page until the contact's hours open. False: they never do.
  bool SetDue(const Topic& topic, const policy::ContactDocument& contact,
              ops_model::PageQueued& page) const;
  void Replace(const Topic& topic, const Page& failed, const Way& way, const char* reason);
  std::string Queue(const Topic& topic, ops_model::PageQueued page, const std::string& why);
  Json Payload(const Topic& topic, const ops_model::PageQueued& page, const std::string& why) const;

  const State& state_;
  const policy::OpsFolder& policy_;
  const Instant now_;
  uint64_t next_page_;
  std::set<std::string> paged_now_;  ///< Contacts that this decision pages.
  ops_model::Decision decision_;
};

}  // namespace hinomi::notify::impl

#endif  // HINOMI_NOTIFY_IMPL_PAGER_H_
