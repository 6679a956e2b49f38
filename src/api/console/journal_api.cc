#include <algorithm>

#include "api/console/console_api.h"
#include "api/console/impl/answering.h"
#include "api/console/impl/journal_search.h"
#include "api/console/impl/texts.h"
#include "base/strings.h"
#include "store/checkpoint.h"
#include "store/verify.h"

namespace hinomi::api {
namespace {

using http::Request;

// The last proof is everybody's to see: a journal that was changed stays said.
constexpr const char* kTable = "journal";
constexpr const char* kLastProof = "last_proof";

Result<impl::JournalQuestion> QuestionOf(const ConsoleContext& context, const Request& request) {
  impl::JournalQuestion question;
  HN_TRY(question.filter.types, impl::ReadTypes(request.QueryValue("type")));
  question.filter.subject = request.QueryValue("subject");
  question.filter.actor = request.QueryValue("actor");
  HN_TRY(question.filter.from, impl::QueryTime(request, "from", Instant()));
  HN_TRY(question.filter.to, impl::QueryTime(request, "to", Instant::Max()));
  if (question.filter.from >= question.filter.to) return InvalidArgument("from must be before to");
  question.match = request.QueryValue("match");
  HN_TRY_VOID(impl::CheckLine("match", question.match));
  HN_TRY(question.before, impl::QueryNumber(request, "before", 0));
  HN_TRY(const uint64_t limit, impl::QueryNumber(request, "limit", 50));
  question.limit = std::clamp<uint64_t>(limit, 1, 1000);
  question.with_data = request.QueryValue("data") == "true";
  question.language = impl::LanguageOf(context, request);
  return question;
}

Json HeadJson(const store::Head& head) {
  return Json::MakeObject().Set("sequence", head.sequence).Set("hash", ToHex(head.hash));
}

Result<Json> Read(const ConsoleContext& context, const Request& request) {
  HN_TRY(const impl::JournalQuestion question, QuestionOf(context, request));
  HN_TRY(Json answer, impl::SearchJournal(context, question));
  HN_TRY(const store::Head head, context.store.JournalHead());
  return std::move(answer.Set("head", HeadJson(head)));
}

Json FaultJson(const std::optional<store::JournalProof::Fault>& fault) {
  if (!fault) return {};
  return Json::MakeObject().Set("sequence", fault->sequence).Set("reason", fault->reason);
}

Result<Json> Verify(const ConsoleContext& context, const Request& request) {
  HN_TRY(const Json body, impl::BodyOf(request));
  std::optional<store::Checkpoint> checkpoint;
  if (const std::string& text = body["checkpoint"].as_string(); !text.empty()) {
    HN_TRY(checkpoint, store::ParseCheckpoint(Trim(text)));
  }
  const Duration began = context.clock.Monotonic();
  HN_TRY(const store::JournalProof proof, store::VerifyJournal(context.store, checkpoint));
  Json answer = Json::MakeObject()
                    .Set("ok", proof.holds())
                    .Set("sequence", proof.head.sequence)
                    .Set("hash", ToHex(proof.head.hash))
                    .Set("anchored", proof.anchored)
                    .Set("broken", FaultJson(proof.broken))
                    .Set("contradiction", FaultJson(proof.contradiction))
                    .Set("at", FormatRfc3339(context.clock.Now()))
                    .Set("by", request.user)
                    .Set("seconds", (context.clock.Monotonic() - began).ToSeconds())
                    .Set("message", proof.Statement());
  // What somebody shows may be forged: it says nothing to the others.
  if (!checkpoint) HN_TRY_VOID(context.store.PutValue(kTable, {kLastProof, answer.Dump()}));
  return answer;
}

Result<Json> Chain(const ConsoleContext& context, const Request&) {
  HN_TRY(const store::Head head, context.store.JournalHead());
  HN_TRY(const auto checkpoints, context.store.ReadCheckpoints());
  HN_TRY(const auto proof, context.store.GetValue(kTable, kLastProof));
  Json newest;
  uint64_t since = head.sequence;
  if (!checkpoints.empty()) {
    const store::Checkpoint& last = checkpoints.back();
    newest = Json::MakeObject()
                 .Set("sequence", last.sequence)
                 .Set("hash", ToHex(last.hash))
                 .Set("at", FormatRfc3339(last.at))
                 .Set("checkpoint", store::FormatCheckpoint(last));
    since = head.sequence > last.sequence ? head.sequence - last.sequence : 0;
  }
  return Json::MakeObject()
      .Set("head", HeadJson(head))
      .Set("checkpoint", std::move(newest))
      .Set("since", since)
      .Set("last_proof", proof ? Json::Parse(*proof).value_or(Json()) : Json());
}

Result<Json> NewestCheckpoint(const ConsoleContext& context, const Request&) {
  HN_TRY(const auto checkpoints, context.store.ReadCheckpoints());
  if (checkpoints.empty())
    return NotFound("no checkpoint was made yet: one is made every 1,000 events or hour");
  return Json::MakeObject().Set("checkpoint", store::FormatCheckpoint(checkpoints.back()));
}

}  // namespace

void AddJournalRoutes(http::Server& server, impl::ContextPtr context) {
  impl::AddAnswer(server, context, "GET", "journal", "console:read", Read);
  impl::AddAnswer(server, context, "GET", "journal/chain", "console:read", Chain);
  impl::AddAnswer(server, context, "POST", "journal/verify", "console:read", Verify,
                  http::Lane::kBackground);
  impl::AddAnswer(server, context, "GET", "journal/checkpoint", "console:read", NewestCheckpoint);
}

}  // namespace hinomi::api
