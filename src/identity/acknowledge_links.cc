#include "identity/acknowledge_links.h"

#include <utility>

#include "base/digest.h"
#include "base/strings.h"
#include "identity/impl/record_table.h"
#include "os/entropy.h"

namespace hinomi::identity {
namespace {

class StoredLinks final : public AcknowledgeLinks {
 public:
  StoredLinks(ValueTable& store, const Clock& clock)
      : clock_(clock), links_(store, "acknowledge_links") {}

  Status Reload() override { return links_.Load(); }

  Result<std::string> Create(const std::string& incident, const std::string& contact,
                             Duration valid_for) override {
    const std::string bytes = SecureRandomBytes(24);
    std::string secret = HexEncode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    const std::string id = ToHex(Sha256(secret));
    HN_TRY_VOID(links_.Put(id, {id, incident, contact, clock_.Now() + valid_for, Instant()}));
    return secret;
  }

  Result<AcknowledgeLink> Show(const std::string& secret) override {
    auto link = links_.Find(ToHex(Sha256(secret)));
    if (!link.has_value() || link->expires <= clock_.Now()) return Unknown();
    return *std::move(link);
  }

  Status Act(const std::string& secret,
             const std::function<Status(const AcknowledgeLink&)>& act) override {
    HN_TRY(const AcknowledgeLink shown, Show(secret));
    const Instant now = clock_.Now();
    return links_.Update(shown.id, [&act, now](std::optional<AcknowledgeLink>& link) -> Status {
      if (!link.has_value()) return Unknown();
      if (link->used != Instant()) {
        return Conflict("this link was used at " + FormatRfc3339(link->used) +
                        "; the incident is shown on Hinomi's page");
      }
      HN_TRY_VOID(act(*link));
      link->used = now;
      return {};
    });
  }

  Status Sweep() override {
    const Instant now = clock_.Now();
    for (const auto& [id, link] : links_.All()) {
      if (link.expires <= now) HN_TRY_VOID(links_.Delete(id));
    }
    return {};
  }

 private:
  static Error Unknown() {
    return NotFound(
        "this link is not valid or too old; acknowledge on Hinomi's page or with: "
        "hinomi incident ack");
  }

  const Clock& clock_;
  RecordTable<AcknowledgeLink> links_;
};

}  // namespace

Result<std::unique_ptr<AcknowledgeLinks>> AcknowledgeLinks::Open(ValueTable& store,
                                                                 const Clock& clock) {
  auto links = std::make_unique<StoredLinks>(store, clock);
  HN_TRY_VOID(links->Reload());
  return std::unique_ptr<AcknowledgeLinks>(std::move(links));
}

}  // namespace hinomi::identity
