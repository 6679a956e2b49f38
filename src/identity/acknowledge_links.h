#ifndef HINOMI_IDENTITY_ACKNOWLEDGE_LINKS_H_
#define HINOMI_IDENTITY_ACKNOWLEDGE_LINKS_H_

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "identity/records.h"
#include "identity/value_table.h"

namespace hinomi::identity {

/// Links that go out with a page: whoever holds one may acknowledge that one
/// incident as that one contact, once, without signing in. Opening a link (GET)
/// only shows what it would do: mail scanners open links too. Threads: any.
class AcknowledgeLinks {
 public:
  /// `store` and `clock` must outlive it.
  static Result<std::unique_ptr<AcknowledgeLinks>> Open(ValueTable& store, const Clock& clock);
  virtual ~AcknowledgeLinks() = default;

  /// The secret for the URL; only its hash is stored.
  virtual Result<std::string> Create(const std::string& incident, const std::string& contact,
                                     Duration valid_for) = 0;
  /// What the link would do, or did (`used`). kNotFound if it is no link or
  /// too old.
  virtual Result<AcknowledgeLink> Show(const std::string& secret) = 0;
  /// Runs `act` and uses the link up if it succeeds. kConflict if it was used
  /// before, kNotFound as Show; errors of `act`.
  virtual Status Act(const std::string& secret,
                     const std::function<Status(const AcknowledgeLink&)>& act) = 0;
  /// Removes links that ran out.
  virtual Status Sweep() = 0;
  /// Reads what other servers on the same store made. Call now and then.
  virtual Status Reload() = 0;
};

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_ACKNOWLEDGE_LINKS_H_
