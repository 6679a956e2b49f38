#ifndef HINOMI_API_CONSOLE_IMPL_EXPLAINER_H_
#define HINOMI_API_CONSOLE_IMPL_EXPLAINER_H_

#include <optional>
#include <string>
#include <vector>

#include "api/console/impl/explain_read.h"

namespace hinomi::api::impl {

/// Makes the explanations, one function a kind. Keeps a reference to the source.
class Explainer {
 public:
  explicit Explainer(const ExplainSource& source)
      : source_(source), picture_(source.picture), language_(source.language), reader_(source) {}

  Result<Json> Alarm(const policy::AlarmDocument& alarm) const;
  Result<Json> Incident(const incidents::Incident& incident) const;
  Result<Json> Page(const std::string& name) const;
  Result<Json> Scaling(const std::string& name) const;
  Result<Json> Service(const std::string& name) const;

  /// An alarm of the folder in force; null if it has none of this name.
  const policy::AlarmDocument* FindAlarm(const std::string& name) const;

 private:
  std::string Words(std::string_view key, text::Arguments arguments = {}) const {
    return text::Format(language_, key, arguments);
  }
  /// "CPU 91 %, 88 % against ≥ 80 %": what was compared.
  std::string Compared(const ops_model::AlarmTransitioned& moved) const;
  /// The same of an alarm with a band: "CPU 91 % (usual: 10 % to 40 %)".
  std::string ComparedWithBands(const policy::AlarmDocument& alarm,
                                const ops_model::AlarmTransitioned& moved) const;
  /// What is known of the series of an alarm with a band, with a space before; "" for others.
  std::string Learnt(const policy::AlarmDocument& alarm) const;
  /// The alarm's transition that something rests on, with rule and points.
  void RestsOnAlarm(Explanation& answer, const Fact& transition) const;
  Result<Json> PromqlAlarm(const policy::AlarmDocument& alarm) const;
  /// What set a PromQL alarm's incident off, the newest before an entry.
  Result<std::optional<Fact>> ContributorBefore(const ops_model::IncidentOpened& opened,
                                                uint64_t sequence) const;
  /// To ALARM, the newest before an entry.
  Result<std::optional<Fact>> AlarmBefore(const std::string& alarm, uint64_t sequence) const;
  Json RuleOf(const policy::AlarmDocument& alarm, const ops_model::AlarmTransitioned* moved) const;
  std::string Then(const policy::AlarmDocument& alarm, const Fact& transition,
                   Explanation& answer) const;
  std::string WhyPaged(const ops_model::PageQueued& queued, const std::vector<Fact>& facts,
                       const Fact& page, Explanation& answer) const;
  std::string HowItWent(const ops_model::PageQueued& queued) const;
  Result<Json> Scaled(const Fact& scaled, const std::vector<Fact>& facts) const;

  const ExplainSource& source_;
  const Picture& picture_;
  const text::Language language_;
  const FactReader reader_;
};

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_EXPLAINER_H_
