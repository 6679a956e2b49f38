#include "control/foresight.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "control/machines.h"

namespace hinomi::control {
namespace {

using ops_model::CommandInput;
using ops_model::Decision;
using ops_model::Event;
using ops_model::EventBody;
using ops_model::Input;
using ops_model::PageQueued;

constexpr size_t kMostFacts = 1000;
constexpr const char* kIncident = "INC-1";
constexpr const char* kSomebody = "somebody";

/// Pages are told of when they go out.
bool MattersToPeople(const EventBody& body) {
  if (const auto* fired = std::get_if<ops_model::EscalationStepFired>(&body))
    return fired->contacts.empty();
  if (const auto* suppressed = std::get_if<ops_model::PageSuppressed>(&body))
    return suppressed->page.empty() && suppressed->reason_code != "already_queued";
  return std::holds_alternative<ops_model::IncidentOpened>(body) ||
         std::holds_alternative<ops_model::IncidentAcknowledged>(body) ||
         std::holds_alternative<ops_model::IncidentUnacknowledged>(body) ||
         std::holds_alternative<ops_model::IncidentResolved>(body) ||
         std::holds_alternative<ops_model::EscalationPassBegan>(body) ||
         std::holds_alternative<ops_model::EscalationEnded>(body);
}

/// The machines on a clock of their own, with channels that take everything at once.
class Future {
 public:
  explicit Future(const policy::OpsFolder& folder) : folder_(folder) {}

  void Take(const Input& input, Instant now) {
    std::deque<Event> unheard;
    Decide(input, now, unheard);
    while (!unheard.empty()) {
      const Event heard = std::move(unheard.front());
      unheard.pop_front();
      Decide(ops_model::EventInput{heard}, now, unheard);
    }
  }

  void Ask(const char* verb, Json arguments, Instant now) {
    Take(CommandInput{kSomebody, "cli", verb, std::move(arguments), 1}, now);
  }

  /// When something happens by itself next.
  std::optional<Instant> NextAt() const {
    std::optional<Instant> next;
    const auto consider = [&next](const std::optional<Instant>& at) {
      if (at && (!next || *at < *next)) next = at;
    };
    for (const auto& machine : machines_.machines) consider(machine->NextWakeup());
    for (const PageQueued& page : on_its_way_) consider(page.due);
    return next;
  }

  void GoOn(Instant now) {
    DeliverUntil(now);
    const bool due = std::ranges::any_of(machines_.machines, [now](const auto& machine) {
      const std::optional<Instant> at = machine->NextWakeup();
      return at && *at <= now;
    });
    if (due) Take(ops_model::TimerInput{}, now);
    DeliverUntil(now);
  }

  Foresight& foresight() { return foresight_; }

 private:
  void Decide(const Input& input, Instant now, std::deque<Event>& unheard) {
    for (const auto& machine : machines_.machines)
      for (EventBody& body : machine->Decide(input, now, folder_, random_).events)
        Happen(std::move(body), now, unheard);
  }

  void Happen(EventBody body, Instant now, std::deque<Event>& unheard) {
    const Event event{++sequence_, now, "hinomi", std::move(body)};
    for (const auto& machine : machines_.machines) machine->Apply(event);
    if (MattersToPeople(event.body)) foresight_.facts.push_back({now, "", event.body});
    if (const auto* queued = std::get_if<PageQueued>(&event.body)) on_its_way_.push_back(*queued);
    if (const auto* suppressed = std::get_if<ops_model::PageSuppressed>(&event.body))
      std::erase_if(on_its_way_,
                    [&](const PageQueued& page) { return page.page == suppressed->page; });
    unheard.push_back(event);
  }

  void DeliverUntil(Instant now) {
    std::vector<PageQueued> out;
    std::erase_if(on_its_way_, [&](const PageQueued& page) {
      if (page.due > now) return false;
      out.push_back(page);
      return true;
    });
    for (const PageQueued& page : out) {
      foresight_.facts.push_back({now, page.level, page});
      ops_model::JobResult result;
      result.kind = "page";
      result.key = page.page;
      result.attempt = 1;
      result.reason_code = "accepted";
      Take(result, now);
    }
  }

  const policy::OpsFolder& folder_;
  Machines machines_ = MakeMachines();
  Random random_{1};
  uint64_t sequence_ = 0;
  std::vector<PageQueued> on_its_way_;
  Foresight foresight_;
};

/// What people do meanwhile, soonest first.
struct Deed {
  Instant at;
  const char* verb;
};

std::deque<Deed> DeedsOf(const ForesightOptions& options) {
  std::deque<Deed> deeds;
  if (options.acknowledged_after)
    deeds.push_back({options.at + *options.acknowledged_after, "incident.acknowledge"});
  if (options.resolved_after)
    deeds.push_back({options.at + *options.resolved_after, "incident.resolve"});
  std::ranges::stable_sort(deeds, {}, &Deed::at);
  return deeds;
}

}  // namespace

Foresight Foresee(const policy::OpsFolder& folder, const ForesightOptions& options) {
  Future future(folder);
  Json opening = Json::MakeObject().Set("title", "?").Set("route", options.route);
  if (options.severity) opening.Set("severity", ops_model::SeverityName(*options.severity));
  future.Ask("incident.open", std::move(opening), options.at);
  future.GoOn(options.at);
  std::deque<Deed> deeds = DeedsOf(options);
  const Instant end = options.at + options.look_ahead;
  for (;;) {
    const std::optional<Instant> by_itself = future.NextAt();
    const bool deed = !deeds.empty() && (!by_itself || deeds.front().at <= *by_itself);
    if (!deed && !by_itself) break;
    const Instant now = deed ? deeds.front().at : *by_itself;
    if (now > end || future.foresight().facts.size() >= kMostFacts) {
      future.foresight().complete = false;
      break;
    }
    if (deed) {
      future.Ask(deeds.front().verb, Json::MakeObject().Set("incident", kIncident), now);
      deeds.pop_front();
    }
    future.GoOn(now);
  }
  // That the last level was called is said behind the calls.
  std::ranges::stable_sort(future.foresight().facts, {}, [](const Foreseen& fact) {
    return std::pair(fact.at, std::holds_alternative<ops_model::EscalationEnded>(fact.what));
  });
  return std::move(future.foresight());
}

}  // namespace hinomi::control
