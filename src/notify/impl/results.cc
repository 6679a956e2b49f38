#include "notify/impl/results.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "notify/impl/pager.h"

namespace hinomi::notify::impl {

using ops_model::Decision;
using ops_model::JobResult;
using ops_model::JobVerdict;
using ops_model::PageAttempted;
using ops_model::PageDead;

namespace {

constexpr size_t kDetailBytes = 500;

/// The channel's own words, cut where a character begins.
std::string Shortened(const std::string& detail) {
  if (detail.size() <= kDetailBytes) return detail;
  size_t end = kDetailBytes;
  while (end > 0 && (static_cast<unsigned char>(detail[end]) & 0xC0) == 0x80) --end;
  return detail.substr(0, end) + "…";
}

PageAttempted Attempt(const Page& page, const JobResult& result, const char* outcome) {
  return {page.queued.page,    result.attempt,           outcome,
          result.reason_code,  Shortened(result.detail), Instant(),
          page.queued.incident};
}

const Topic& TopicOf(const State& state, const Page& page) {
  static const Topic kNone;
  const auto found = state.topics.find(page.queued.incident);
  return found == state.topics.end() ? kNone : found->second;
}

void Delivered(const State& state, const Page& page, const JobResult& result, Pager& pager) {
  Decision& decision = pager.decision();
  decision.events.emplace_back(Attempt(page, result, "delivered"));
  decision.verdicts.push_back({result.id, JobVerdict::Action::kDone, {}, "", result.key});
  // It went out although its incident was resolved or taken meanwhile: then
  // that is news as well.
  if (page.queued.kind != "page") return;
  const Topic& topic = TopicOf(state, page);
  if (!topic.resolved.incident.empty())
    pager.Notice(topic, "resolved", page.queued);
  else if (!topic.acknowledged.incident.empty() && page.queued_at < topic.acknowledged_at)
    pager.Notice(topic, "acknowledged", page.queued);
}

/// The page's method is given up. The other way comes first in the events, so
/// that the death is seen together with what replaces the page.
void Dead(const State& state, const Page& page, const JobResult& result, const char* reason,
          Pager& pager) {
  Decision& decision = pager.decision();
  decision.events.emplace_back(Attempt(page, result, "failed"));
  if (page.queued.kind == "page" && !page.replaced) pager.FailOver(TopicOf(state, page), page);
  decision.events.emplace_back(
      PageDead{page.queued.page, reason, Shortened(result.detail), page.queued.incident});
  decision.verdicts.push_back({result.id,
                               JobVerdict::Action::kDead,
                               {},
                               result.reason_code + ": " + Shortened(result.detail),
                               result.key});
}

void Again(const State& state, const Page& page, const JobResult& result, Instant now,
           Random& random, Pager& pager) {
  const Duration waited =
      result.answered_at == Instant() ? Duration() : std::max(now - result.answered_at, Duration());
  const Duration wait = std::max(Backoff(result.attempt, random), result.retry_after - waited);
  const Instant first = std::max(page.queued.due, page.queued_at);
  // Long waits that the other side asks for are granted once, while another
  // method does the work.
  const bool has_other_way = !page.replaced && page.queued.kind == "page";
  const bool long_wait = has_other_way && result.retry_after > kTryFor;
  if (!long_wait && now + wait > first + kTryFor) {
    Dead(state, page, result, "exhausted", pager);
    return;
  }
  Decision& decision = pager.decision();
  PageAttempted attempt = Attempt(page, result, "retry");
  if (result.outcome == JobResult::Outcome::kUnknown) attempt.reason_code = "unknown_outcome";
  attempt.next_attempt = now + wait;
  decision.events.emplace_back(std::move(attempt));
  if (long_wait)
    pager.FailOver(TopicOf(state, page), page);
  else if (has_other_way && now + wait >= first + kNextWayAfter)
    pager.TakeNextWay(TopicOf(state, page), page);
  decision.verdicts.push_back({result.id, JobVerdict::Action::kRetryAt, now + wait,
                               result.reason_code + ": " + Shortened(result.detail), result.key});
}

}  // namespace

bool KeepsAlerts(const Page& page) {
  return page.queued.kind == "page" && page.queued.channel_type == "pagerduty";
}

bool LeavesOpen(const std::string& reason_code) {
  constexpr std::string_view kCodes[] = {"timeout",      "unknown_outcome", "unreachable",
                                         "server_error", "bad_answer",      "throttled"};
  return std::find(std::begin(kCodes), std::end(kCodes), reason_code) != std::end(kCodes);
}

Duration Backoff(int attempt, Random& random) {
  const int doublings = std::clamp(attempt - 1, 0, 6);
  const Duration ceiling = std::min(Duration::Seconds(int64_t{1} << doublings), kLongestBackoff);
  const Duration chosen =
      Duration::Nanos(static_cast<int64_t>(random.Below(static_cast<uint64_t>(ceiling.nanos()))));
  return std::max(chosen, Duration::Millis(50));
}

Decision OnJobResult(const State& state, const JobResult& result, Instant now,
                     const policy::OpsFolder& policy, Random& random) {
  if (result.kind != kJobKind) return {};
  const auto found = state.pages.find(result.key);
  Pager pager(state, policy, now);
  if (found == state.pages.end()) {
    // Of an incident long gone: nothing follows, but the job must end.
    pager.decision().verdicts.push_back(
        {result.id, JobVerdict::Action::kDone, {}, "its incident is no longer kept", result.key});
    return pager.Take();
  }
  const Page& page = found->second;
  if (result.outcome == JobResult::Outcome::kDone) {
    Delivered(state, page, result, pager);
  } else if (page.state == PageState::kCancelled || page.state == PageState::kDead ||
             page.state == PageState::kDelivered) {
    // The notices were sent while this try was still under way, perhaps before it got there.
    const Topic& topic = TopicOf(state, page);
    const bool open =
        result.outcome == JobResult::Outcome::kUnknown ||
        (result.outcome == JobResult::Outcome::kRetry && LeavesOpen(result.reason_code));
    if (page.state == PageState::kCancelled && KeepsAlerts(page) && open &&
        !topic.resolved.incident.empty())
      pager.Notice(topic, "resolved", page.queued);
    pager.decision().verdicts.push_back({result.id,
                                         JobVerdict::Action::kDone,
                                         {},
                                         "not tried again: its incident is resolved or the page "
                                         "has ended",
                                         result.key});
  } else if (result.outcome == JobResult::Outcome::kFailed && result.reason_code != "cancelled") {
    Dead(state, page, result, result.reason_code.c_str(), pager);
  } else {
    // A sender that took the page for cancelled looked at an older state.
    Again(state, page, result, now, random, pager);
  }
  return pager.Take();
}

}  // namespace hinomi::notify::impl
