#include "sim/impl/oracle.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "control/personal.h"
#include "store/verify.h"

namespace hinomi::sim {

using ops_model::EventBody;

namespace {

// The longest pause between two tries, and a little.
constexpr Duration kPageBound = Duration::Seconds(62);
// Tries for 25 s, and a last one that hangs.
constexpr Duration kNextWayBound = Duration::Seconds(60);
// Five levels, a few people, two ways, notices: far from it unless it runs away.
constexpr int kMostPages = 120;
// A leader sees within this time that its clock was set back by more than this.
constexpr Duration kBlindBound = Duration::Seconds(5);
constexpr Duration kJumpSlack = Duration::Seconds(2);

std::string KeyOf(const std::string& incident, const std::string& level,
                  const std::string& contact) {
  return incident + " " + level + " " + contact;
}

}  // namespace

void Oracle::Fail(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
}

void Oracle::Absorb() {
  std::vector<EventBody> bodies;
  for (;;) {
    const auto entries = reader_.ReadJournal(seen_, 1000);
    if (!entries) return Fail("the journal cannot be read: " + entries.error().message);
    if (entries->empty()) break;
    for (const store::JournalEntry& entry : *entries) {
      if (entry.sequence != seen_ + 1)
        return Fail("sequence " + std::to_string(entry.sequence) + " follows " +
                    std::to_string(seen_));
      seen_ = entry.sequence;
      Result<EventBody> body =
          ops_model::DecodeEvent(entry.event.type, entry.event.version, entry.event.body);
      if (!body) return Fail("event " + std::to_string(seen_) + ": " + body.error().message);
      Hear(entry, *body);
      for (auto& machine : from_zero_.machines)
        machine->Apply({entry.sequence, entry.at, entry.event.actor, *body});
      bodies.push_back(*std::move(body));
    }
  }
  if (!bodies.empty()) CheckCommit(bodies);
}

void Oracle::Hear(const store::JournalEntry& entry, const EventBody& body) {
  services_.Hear(entry, body);
  incidents_.Hear(entry, body);
  if (const auto* noted = std::get_if<ops_model::IncidentNoted>(&body)) {
    if (!noted->incident.empty()) ++notes_;
    if (control::IsSealed(noted->text))
      written_.push_back({noted->by, std::string(control::CommitmentOf(noted->text))});
    else
      Fail("the journal holds what " + noted->by + " wrote in clear");
  } else if (const auto* erased = std::get_if<ops_model::PersonErased>(&body)) {
    HearErased(*erased);
  } else if (const auto* fired = std::get_if<ops_model::EscalationStepFired>(&body)) {
    for (const std::string& contact : fired->contacts)
      ++fired_[KeyOf(fired->incident, fired->level, contact)];
  } else if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&body)) {
    HearSetBack(entry, *clock);
  } else if (const auto* queued = std::get_if<ops_model::PageQueued>(&body)) {
    HearQueued(*queued);
  } else if (const auto* attempted = std::get_if<ops_model::PageAttempted>(&body)) {
    PageView& page = pages_[attempted->page];
    if (attempted->outcome == "delivered") page.ended = true;
    // Whoever dies before he wrote down the answer cannot know of it.
    if (attempted->outcome == "retry") {
      page.not_before = page.asked;
    }
  } else if (const auto* dead = std::get_if<ops_model::PageDead>(&body)) {
    pages_[dead->page].ended = true;
  } else if (const auto* suppressed = std::get_if<ops_model::PageSuppressed>(&body)) {
    if (!suppressed->page.empty()) pages_[suppressed->page].ended = true;
  }
}

/// What is waited for moves with the clock, here as well. Times that the wall
/// had before are the past of no clock any more.
void Oracle::HearSetBack(const store::JournalEntry& entry, const ops_model::ClockSetBack& clock) {
  const Instant zero = clock_.Now() - clock_.Monotonic();
  if (clock.by > furthest_ - zero + kJumpSlack)
    Fail("the journal has the clock set back by " + FormatDuration(clock.by) + ", it was only " +
         FormatDuration(furthest_ - zero));
  furthest_ = zero;
  unnoticed_ = blind_ = {};
  for (auto& [name, page] : pages_) {
    page.queued.due = clock.MovedUntried(page.queued.due, entry.at);
    page.asked = page.asked - clock.by;
    page.not_before = page.not_before - clock.by;
  }
}

void Oracle::HearErased(const ops_model::PersonErased& erased) {
  std::string salt;
  for (size_t i = 0; i + 1 < erased.salt.size(); i += 2)
    salt.push_back(static_cast<char>(std::stoi(erased.salt.substr(i, 2), nullptr, 16)));
  for (Note& note : written_)
    if (ToHex(Sha256(salt + note.by)) == erased.commitment) note.erased = true;
}

/// What was erased is gone, and nothing else is.
void Oracle::CheckNotes() {
  for (const Note& note : written_) {
    const auto text = reader_.ReadPersonal(note.commitment);
    if (!text) return Fail("a note cannot be read: " + text.error().message);
    if (note.erased && *text) Fail("a note of " + note.by + " was erased and can be read");
    if (!note.erased && !*text) Fail("a note of " + note.by + " is lost");
  }
}

void Oracle::HearQueued(const ops_model::PageQueued& queued) {
  if (const auto found = pages_.find(queued.page); found != pages_.end())
    Fail("the name " + queued.page + " was given twice");
  PageView& page = pages_[queued.page];
  page.queued = queued;
  page.next_way = NextWay(queued);
  if (const auto before = pages_.find(queued.replaces); before != pages_.end())
    before->second.next_way.clear();
  if (++queued_of_[queued.incident] > kMostPages && !queued.incident.empty())
    Fail(queued.incident + " makes pages without end");
  if (!queued.replaces.empty() && ++roots_[queued.replaces] > 1)
    Fail(queued.replaces + " is replaced twice, now by " + queued.page);
  if (queued.kind != "page" || !queued.replaces.empty()) return;
  // A receiver knows repetitions by the page's name: more names than times that
  // the level came are pages too many.
  const std::string key = KeyOf(queued.incident, queued.level, queued.contact);
  const auto fired = fired_.find(key);
  // Without a level a route told its contact, once, beside what the end of a ladder tells.
  const int asked = fired == fired_.end() ? 0 : fired->second;
  if (++roots_[key] > (queued.level.empty() ? asked + 1 : std::max(asked, 1)))
    Fail(key + " gets a page that no step asked for: " + queued.page);
}

std::string Oracle::NextWay(const ops_model::PageQueued& queued) const {
  for (const policy::ContactDocument& contact : folder_->contacts) {
    if (contact.name != queued.contact) continue;
    for (auto i = static_cast<size_t>(queued.method) + 1; i < contact.methods.size(); ++i)
      for (const policy::ChannelDocument& channel : folder_->channels)
        if (channel.name == contact.methods[i].channel && channel.configured) return channel.name;
  }
  return "";
}

/// Every contact of a step has a page or a reason why not, and every page its job.
void Oracle::CheckCommit(const std::vector<EventBody>& bodies) {
  services_.CheckCommit();
  incidents_.CheckCommit();
  std::set<std::string> told;
  for (auto body = bodies.rbegin(); body != bodies.rend(); ++body) {
    if (const auto* queued = std::get_if<ops_model::PageQueued>(&*body)) {
      told.insert(queued->incident + " " + queued->contact);
      const auto row = reader_.FindJob(queued->page);
      if (row && !*row && !pages_[queued->page].ended)
        Fail(queued->page + " was queued without a job");
    } else if (const auto* suppressed = std::get_if<ops_model::PageSuppressed>(&*body)) {
      told.insert(suppressed->incident + " " + suppressed->contact);
    } else if (const auto* taken = std::get_if<ops_model::IncidentAcknowledged>(&*body)) {
      CheckTakenBack(taken->incident, told);
    } else if (const auto* fired = std::get_if<ops_model::EscalationStepFired>(&*body)) {
      for (const std::string& contact : fired->contacts)
        if (!told.contains(fired->incident + " " + contact))
          Fail(fired->incident + ": level " + fired->level + " tells " + contact + " nothing");
    }
  }
}

/// Nobody is woken any more for a level that an acknowledgement ends; `after` has who was told of
/// the incident since.
void Oracle::CheckTakenBack(const std::string& incident, const std::set<std::string>& after) {
  for (const auto& [name, page] : pages_)
    if (page.queued.incident == incident && page.queued.kind == "page" && !page.ended &&
        incidents_.EndsAtAcknowledgement(incident, page.queued.level) &&
        !after.contains(incident + " " + page.queued.contact))
      Fail(name + " is still to be sent though " + incident + " is in hand");
}

void Oracle::Pass(Duration step, bool up, const std::function<bool(const std::string&)>& accepts,
                  const std::set<std::string>& in_flight, bool full) {
  if (step <= Duration()) return;
  services_.Pass(step, up, clock_.Now());
  if (!up) {
    // What was under way is begun anew.
    for (auto& [name, page] : pages_) page.next_ready = {};
    return;
  }
  blind_ = unnoticed_ < Duration() - kJumpSlack ? blind_ + step : Duration();
  if (blind_ > kBlindBound) Fail("the leader does not see that its clock was set back");
  incidents_.Pass(step, clock_.Now());
  for (auto& [name, page] : pages_)
    if (!page.ended && page.queued.kind == "page" && (!full || in_flight.contains(name)))
      PassPage(name, page, step, accepts, in_flight.contains(name));
}

void Oracle::PassPage(const std::string& name, PageView& page, Duration step,
                      const std::function<bool(const std::string&)>& accepts, bool in_flight) {
  const Instant now = clock_.Now();
  if (page.queued.due > now) {
    page.ready = page.next_ready = {};
    return;
  }
  const Duration since_due = now - page.queued.due;
  // Whatever its own channel does, another one that is open is taken soon.
  page.next_ready =
      accepts(page.next_way) ? page.next_ready + std::min(step, since_due) : Duration();
  if (!page.next_way.empty() && page.next_ready > kNextWayBound)
    Fail(name + " to " + page.queued.contact + " hangs at " + page.queued.channel + ", though " +
         page.next_way + " has been open for " + FormatDuration(page.next_ready));
  if (page.not_before > now || in_flight || !accepts(page.queued.channel)) {
    page.ready = {};
    return;
  }
  page.ready = page.ready + std::min({step, since_due, now - page.not_before});
  if (page.ready > kPageBound)
    Fail(name + " to " + page.queued.contact + " by " + page.queued.channel + " is not out after " +
         FormatDuration(page.ready) + " in which it could have been");
}

void Oracle::OnClaimed(const store::Job& job, bool by_leader) {
  if (!by_leader) Fail("job " + job.spec.key + " was claimed by a server that leads no more");
  const bool asked = job.spec.kind == "page"            ? pages_.contains(job.spec.key)
                     : job.spec.kind == "service.scale" ? services_.Knows(job.spec.key)
                                                        : true;
  if (!asked) Fail("job " + job.spec.key + " runs, but no event asked for it");
}

void Oracle::OnAttempt(const std::string& name, bool by_leader) {
  const auto found = pages_.find(name);
  if (found == pages_.end()) return Fail("page " + name + " is in no event");
  PageView& page = found->second;
  if (page.not_before > clock_.Now())
    Fail(name + " is sent before the time that the receiver asked for");
  if (page.queued.due > clock_.Now() && by_leader) Fail(name + " is sent before it is due");
  // These waits are over; the next is one that the journal has.
  page.not_before = page.queued.due = Instant();
  if (page.queued.kind != "page" || page.queued.incident.empty()) return;
  if (incidents_.IsResolved(page.queued.incident))
    Fail(name + " is sent although " + page.queued.incident + " is resolved");
}

void Oracle::OnRetryAfter(const std::string& name, Duration wait) {
  PageView& page = pages_[name];
  page.asked = clock_.Now() + wait;
}

void Oracle::OnWallJump(Duration by, bool seen) {
  furthest_ = std::max(furthest_, clock_.Now() - clock_.Monotonic());
  if (seen) unnoticed_ = unnoticed_ + by;
}

void Oracle::OnArrived(const std::string& name) {
  ++arrivals_;
  if (!pages_.contains(name)) Fail("a receiver got " + name + ", which nobody decided");
}

void Oracle::OnScaleRun(const store::Job& job, bool by_leader) {
  if (by_leader) services_.OnRun(job);
}

void Oracle::OnOnceDone(const std::string& key) {
  if (++once_[key] > 1) Fail(key + " must be done once and was done again");
}

void Oracle::CheckFold(control::ControlLoop& loop) {
  for (const auto& machine : from_zero_.machines)
    if (machine->Save() != loop.machine(machine->name()).Save())
      Fail("the state of " + std::string(machine->name()) +
           " is not what the journal folds to from zero");
}

void Oracle::CheckChain() {
  const auto proof = store::VerifyJournal(reader_);
  if (!proof) return Fail("the journal cannot be verified: " + proof.error().message);
  if (!proof->holds()) Fail("the chain is broken: " + proof->Statement());
}

void Oracle::CheckEnd(const std::map<std::string, uint64_t>& put_commands,
                      const std::map<std::string, std::string>& verbs) {
  Absorb();
  CheckChain();
  CheckCommands(put_commands, verbs);
  CheckNotes();
  services_.CheckEnd();
  const auto running = reader_.ListJobs(store::JobState::kRunning, 10);
  if (running && !running->empty())
    Fail("job " + running->front().spec.key + " is running for ever");
  const auto pending = reader_.ListJobs(store::JobState::kPending, 10'000);
  for (const store::Job& job : *pending)
    if (job.spec.due <= clock_.Now() - Duration::Minutes(2))
      Fail("job " + job.spec.key + " is pending and long due");
  for (const auto& [name, page] : pages_) {
    const auto row = reader_.FindJob(name);
    if (row && !*row && !page.ended) Fail("job " + name + " is lost");
    if (row && *row && (*row)->state == store::JobState::kDone && !page.ended)
      Fail(name + " has an ended job, but no event says how it ended");
  }
  incidents_.CheckEnd();
}

void Oracle::CheckCommands(const std::map<std::string, uint64_t>& put_commands,
                           const std::map<std::string, std::string>& verbs) {
  uint64_t notes = 0, opened = 0;
  for (const auto& [key, id] : put_commands) {
    const auto command = reader_.FindCommand(id);
    if (!command || !*command) {
      Fail("command " + key + " is lost");
      continue;
    }
    if (!(*command)->answered) Fail("command " + key + " was never answered");
    const auto answer = Json::Parse((*command)->answer);
    if (!answer || !(*answer)["ok"].as_bool()) continue;
    if (verbs.at(key) == "incident.note") ++notes;
    if (verbs.at(key) == "incident.open") ++opened;
  }
  if (notes != notes_)
    Fail(std::to_string(notes) + " notes were taken, " + std::to_string(notes_) +
         " stand in the journal");
  if (opened != incidents_.opened_by_hand())
    Fail(std::to_string(opened) + " incidents were opened by hand, " +
         std::to_string(incidents_.opened_by_hand()) + " stand in the journal");
}

}  // namespace hinomi::sim
