#include "ops_model/event.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "ops_model/testing.h"
#include "ops_model/upcast.h"

namespace hinomi::ops_model {
namespace {

TEST(EventCodingTest, EveryTypeReadsBackAsItWasWritten) {
  std::set<std::string_view> seen;
  for (const EventBody& body : ExampleBodies()) {
    seen.insert(EventType(body));
    const std::string bytes = EncodeEvent(body);
    const Result<EventBody> read = DecodeEvent(EventType(body), EventVersion(body), bytes);
    ASSERT_TRUE(read.has_value()) << bytes << ": " << read.error().message;
    EXPECT_EQ(read->index(), body.index());
    EXPECT_EQ(EncodeEvent(*read), bytes);
  }
  EXPECT_EQ(seen.size(), std::variant_size_v<EventBody>);
}

TEST(EventCodingTest, AnyRandomEventReadsBackAsItWasWritten) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const EventBody body = RandomBody(random);
    const std::string bytes = EncodeEvent(body);
    const Result<EventBody> read = DecodeEvent(EventType(body), EventVersion(body), bytes);
    ASSERT_TRUE(read.has_value()) << bytes;
    ASSERT_EQ(EncodeEvent(*read), bytes);
  }
}

// The journal hashes these bytes: a change here makes new events differ from
// old ones and must be a decision, not an accident.
TEST(EventCodingTest, BytesAreThoseOfTheRelease) {
  const std::map<std::string, std::string> golden = {
      {"server.started", R"({"release":"0.1.0","last_alive_ns":1700000000000000000})"},
      {"server.clock_set_back", R"({"by_ns":300000000000})"},
      {"ops.loaded", R"({"digest":"ab12","alarms":["HighCPUUtilization","HighErrorRate"],)"
                     R"("promql_alarms":[]})"},
      {"alarm.transitioned",
       R"({"alarm":"HighErrorRate","from":"OK","to":"ALARM",)"
       R"("reason":"Threshold Crossed: \"1\" datapoint","reason_code":"threshold_crossed",)"
       R"("datapoints":[[1700000000000000000,12.5,60],[1699999940000000000,null],)"
       R"([1699999880000000000,"+Inf"]],"threshold":10.0,)"
       R"("comparison":"GreaterThanOrEqualToThreshold","metric":"HTTPCode_Target_5XX_Count",)"
       R"("service":"app","action":"alert","observing":true,)"
       R"("held_by":"mute:nights","held_until_ns":1700000600000000000})"},
      {"alarm.action_taken",
       R"({"alarm":"HighCPUUtilization","action":"scale-up","outcome":"unavailable",)"
       R"("reason_code":"no_service_runtime"})"},
      {"incident.opened",
       R"({"incident":"INC-7","dedup_key":"alarm:HighErrorRate","title":"エラー率",)"
       R"("severity":"critical","service":"app","alarm":"HighErrorRate","route":"alert",)"
       R"("reason_code":"alarm","recurrence_of":"INC-6"})"},
      {"incident.signal",
       R"({"incident":"INC-7","alarm":"HighErrorRate","state":"INSUFFICIENT_DATA",)"
       R"("reason":"no data","member":"alarm:Other"})"},
      {"incident.acknowledged", R"({"incident":"INC-7","by":"sato","via":"cli"})"},
      {"incident.noted", R"({"incident":"INC-7","by":"sato","text":"first line\nsecond"})"},
      {"incident.resolved", R"({"incident":"INC-7","by":"hinomi","reason_code":"source_recovered",)"
                            R"("text":"back to OK"})"},
      {"escalation.started",
       R"({"incident":"INC-7","severity":"critical","steps":[{"level":"L1","after_ns":0,)"
       R"("until_acknowledged":true,"contacts":["on-call"]},{"level":"L2",)"
       R"("after_ns":1800000000000,"until_acknowledged":false,)"
       R"("contacts":["team-lead","devops"],"after_previous":true,)"
       R"("repeat_every_ns":300000000000}],"passes":3,"pass_after_ns":1200000000000,)"
       R"("acknowledgement_timeout_ns":7200000000000,"exhausted_contacts":["cto"]})"},
      {"escalation.step_fired", R"({"incident":"INC-7","level":"L2","contacts":["team-lead"],)"
                                R"("reason_code":"not_resolved_in_time","by":"sato"})"},
      {"escalation.ended", R"({"incident":"INC-7","reason_code":"resolved"})"},
      {"page.queued",
       R"({"page":"PG-12","incident":"INC-7","kind":"page","contact":"on-call",)"
       R"("channel":"mail","channel_type":"smtp","destination":"a@example.com","level":"L1",)"
       R"("method":1,"reason_code":"failover","due_ns":1700000000000000000,"replaces":"PG-11"})"},
      {"page.attempted",
       R"({"page":"PG-12","incident":"INC-7","attempt":2,"outcome":"retry",)"
       R"("reason_code":"throttled","detail":"429","next_attempt_ns":1700000000000000000})"},
      {"page.dead",
       R"({"page":"PG-12","incident":"INC-7","reason_code":"exhausted","detail":"timeout"})"},
      {"page.suppressed", R"({"incident":"INC-7","contact":"management","page":"PG-12",)"
                          R"("reason_code":"outside_hours"})"},
      {"person.erased", R"({"salt":"00ff","commitment":"c0ffee"})"},
      {"service.declared",
       R"({"service":"app","desired":3,"minimum":2,"maximum":6,"removed":true})"},
      {"service.health_changed", R"({"service":"app","healthy":2})"},
      {"service.scaled",
       R"({"scaling":"SC-3","service":"app","from":3,"to":4,"direction":"out","policy":"step",)"
       R"("alarm":"HighCPUUtilization","by":"hinomi","reason_code":"threshold_crossed",)"
       R"("reason":"CPUUtilization is 91","metric":"CPUUtilization",)"
       R"("datapoints":[[1700000000000000000,91.0]],"threshold":80.0,"healthy":3,"minimum":2,)"
       R"("maximum":6,"cooldown_ns":300000000000,"transition":41})"},
      {"service.scaling_declined",
       R"({"service":"app","desired":6,"direction":"out","policy":"step",)"
       R"("alarm":"HighCPUUtilization","reason_code":"cooldown","reason":"rests",)"
       R"("until_ns":1700000000000000000})"},
      {"service.scale_attempted",
       R"({"service":"app","scaling":"SC-3","desired":4,"attempt":2,"outcome":"retry",)"
       R"("reason_code":"unreachable","detail":"no such socket",)"
       R"("next_attempt_ns":1700000000000000000})"},
      {"alarm.contributor_moved",
       R"({"alarm":"DiskFull","contributor":"{host=\"a\"}","rule":"rules/host.yml;host;DiskFull",)"
       R"("from":"OK","to":"ALARM","reason":"disk of a is full","reason_code":"expression_true",)"
       R"("value":0.97,"active_at_ns":1700000000000000000,)"
       R"("labels":{"alertname":"DiskFull","host":"a"},)"
       R"("annotations":{"summary":"disk of a is full"},"expr":"disk > 0.9","action":"alert",)"
       R"("observing":false,"held_by":"mute:night","held_until_ns":1700000000000000000})"},
      {"incident.unacknowledged",
       R"({"incident":"INC-7","by":"hinomi","reason_code":"snooze_over"})"},
      {"incident.snoozed",
       R"({"incident":"INC-7","by":"sato","until_ns":1700000000000000000,"via":"cli"})"},
      {"incident.severity_changed",
       R"({"incident":"INC-7","from":"warning","to":"critical","by":"sato","text":"worse"})"},
      {"escalation.ladder_changed",
       R"({"incident":"INC-7","severity":"critical","steps":[{"level":"L4","after_ns":0,)"
       R"("until_acknowledged":false,"contacts":["cto"]}],)"
       R"("acknowledgement_timeout_ns":5400000000000})"},
      {"escalation.pass_began", R"({"incident":"INC-7","pass":2})"},
      {"incident.merged", R"({"incident":"INC-8","into":"INC-7","by":"sato"})"},
      {"incident.linked", R"({"incident":"INC-7","by":"sato","target":"https://example.com/1",)"
                          R"("text":"the ticket"})"},
      {"incident.time_corrected",
       R"({"incident":"INC-7","by":"sato","what":"impact_start","time_ns":1700000000000000000,)"
       R"("text":"from the logs"})"},
  };
  for (const EventBody& body : ExampleBodies()) {
    const auto found = golden.find(std::string(EventType(body)));
    ASSERT_NE(found, golden.end()) << EventType(body);
    EXPECT_EQ(EncodeEvent(body), found->second);
    EXPECT_EQ(EventVersion(body), 1);
  }
}

TEST(EventCodingTest, SubjectNamesWhatTheTimelineShowsItUnder) {
  const std::map<std::string, std::string> expected = {
      {"server.started", ""},
      {"server.clock_set_back", ""},
      {"ops.loaded", ""},
      {"person.erased", ""},
      {"alarm.transitioned", "alarm:HighErrorRate"},
      {"alarm.action_taken", "alarm:HighCPUUtilization"},
      {"alarm.contributor_moved", "alarm:DiskFull"},
      {"service.declared", "service:app"},
      {"service.health_changed", "service:app"},
      {"service.scaled", "service:app"},
      {"service.scaling_declined", "service:app"},
      {"service.scale_attempted", "service:app"},
      {"incident.merged", "incident:INC-8"},
  };
  for (const EventBody& body : ExampleBodies()) {
    const auto found = expected.find(std::string(EventType(body)));
    EXPECT_EQ(EventSubject(body), found == expected.end() ? "incident:INC-7" : found->second)
        << EventType(body);
  }
  EXPECT_EQ(EventSubject(PageDead{"PG-3", "refused", "", ""}), "page:PG-3");
}

TEST(EventCodingTest, RefusesWhatItCannotReadAndSaysWhy) {
  struct Case {
    const char* type;
    int version;
    const char* bytes;
    const char* says;
  };
  const Case cases[] = {
      {"incident.vanished", 1, "{}", "no such type"},
      {"incident.noted", 2, "{}", "a newer release wrote it"},
      {"incident.noted", 0, "{}", "knows versions 1 to 1"},
      {"incident.noted", 1, "[]", "no JSON object"},
      {"incident.noted", 1, "{\"incident\":", "cannot be read"},
      {"incident.noted", 1, R"({"by":7})", "member \"by\""},
      {"alarm.transitioned", 1, R"({"to":"FINE"})", "member \"to\""},
      {"alarm.transitioned", 1, R"({"datapoints":[[1]]})", "member \"datapoints\""},
      {"alarm.transitioned", 1, R"({"observing":"yes"})", "member \"observing\""},
      {"page.attempted", 1, R"({"attempt":99999999999})", "member \"attempt\""},
      {"escalation.started", 1, R"({"steps":[{"after_ns":"1h"}]})", "steps.after_ns"},
      {"service.scaled", 1, R"({"transition":-1})", "member \"transition\""},
  };
  for (const Case& c : cases) {
    const Result<EventBody> read = DecodeEvent(c.type, c.version, c.bytes);
    ASSERT_FALSE(read.has_value()) << c.bytes;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(read.error().message.find(c.says), std::string::npos) << read.error().message;
    EXPECT_NE(read.error().message.find(c.type), std::string::npos) << read.error().message;
  }
}

TEST(EventCodingTest, AMemberThatAnOldReleaseDidNotWriteHasItsDefault) {
  const Result<EventBody> read =
      DecodeEvent("page.queued", 1, R"({"page":"PG-1","incident":"INC-1","later":true})");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(std::get<PageQueued>(*read).page, "PG-1");
  EXPECT_EQ(std::get<PageQueued>(*read).method, 0);
  EXPECT_EQ(std::get<PageQueued>(*read).due, Instant());
}

TEST(EventCodingTest, OldVersionsAreLiftedStepByStep) {
  const Upcast upcasts[] = {
      {"incident.noted", 1,
       [](Json body) {
         body.Set("person", body["who"]);
         return body;
       }},
      {"incident.noted", 2,
       [](Json body) {
         body.Set("by", body["person"]);
         return body;
       }},
  };
  for (const auto& [version, bytes] :
       {std::pair(1, R"({"who":"sato"})"), std::pair(2, R"({"person":"sato"})"),
        std::pair(3, R"({"by":"sato"})")}) {
    const Result<EventBody> read = DecodeEventWith(upcasts, "incident.noted", version, 3, bytes);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(std::get<IncidentNoted>(*read).by, "sato") << version;
  }
  const Result<EventBody> gap =
      DecodeEventWith(std::span(upcasts).first(1), "incident.noted", 1, 3, "{}");
  ASSERT_FALSE(gap.has_value());
  EXPECT_NE(gap.error().message.find("no upcast from version 2"), std::string::npos);
}

// testdata/journals/RELEASE.jsonl: one journal entry a line, as
// `hinomi journal show --output json` prints it.
TEST(EventCodingTest, JournalsOfAllReleasesStillDecode) {
  const std::filesystem::path folder = std::filesystem::path(HN_SOURCE_DIR) / "testdata/journals";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no release has left a journal yet";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".jsonl") continue;
    std::ifstream lines(file.path());
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      const Result<Json> entry = Json::Parse(line);
      ASSERT_TRUE(entry.has_value()) << file.path() << ":" << number;
      const Json& body = (*entry)["body"];
      const std::string bytes = body.is_string() ? body.as_string() : body.Dump();
      const Result<EventBody> read = DecodeEvent(
          (*entry)["type"].as_string(), static_cast<int>((*entry)["version"].as_int(1)), bytes);
      EXPECT_TRUE(read.has_value())
          << file.path() << ":" << number << ": " << (read ? "" : read.error().message);
    }
  }
}

TEST(NamesTest, StatesAndSeveritiesReadBack) {
  for (const AlarmState s : {AlarmState::kOk, AlarmState::kAlarm, AlarmState::kInsufficientData})
    EXPECT_EQ(AlarmStateFromName(AlarmStateName(s)), s);
  for (const Severity s :
       {Severity::kCritical, Severity::kError, Severity::kWarning, Severity::kInfo})
    EXPECT_EQ(SeverityFromName(SeverityName(s)), s);
  EXPECT_EQ(AlarmStateName(AlarmState::kInsufficientData), "INSUFFICIENT_DATA");
  EXPECT_EQ(SeverityFromName("fatal"), std::nullopt);
}

}  // namespace
}  // namespace hinomi::ops_model
