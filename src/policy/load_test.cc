#include <gmock/gmock.h>

#include <cstdlib>

#include "base/json.h"
#include "base/strings.h"
#include "policy/policy.h"
#include "policy/testing.h"
#include "policy/watch.h"

namespace hinomi::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// "=== NAME" begins a file, "=== findings" the expected text.
struct Case {
  std::string head;
  std::vector<std::pair<std::string, std::string>> files;
  std::string expected;
};

Case ParseCase(std::string_view text) {
  Case parsed;
  std::string* into = &parsed.head;
  for (const std::string_view line : Split(text, '\n')) {
    if (line == "=== findings") {
      into = &parsed.expected;
    } else if (line.starts_with("=== ")) {
      into = &parsed.files.emplace_back(std::string(line.substr(4)), "").second;
    } else {
      *into += std::string(line) + "\n";
    }
  }
  if (!into->empty()) into->pop_back();  // Split gives an empty last line.
  return parsed;
}

std::string Findings(const LoadedFolder& loaded) {
  std::string text;
  for (const Finding& finding : loaded.findings) text += FormatFinding(finding) + "\n";
  return text;
}

/// Every file of testdata/broken: input and the exact findings.
/// HN_UPDATE_GOLDEN=1 writes what is found now into the files.
TEST(BrokenFolderTest, EveryMistakeIsFoundAtOnceInTheseWords) {
  PosixFiles files;
  const std::string directory = HN_SOURCE_DIR "/src/policy/testdata/broken";
  const Result<std::vector<std::string>> names = files.List(directory);
  ASSERT_TRUE(names.has_value());
  ASSERT_THAT(*names, SizeIs(::testing::Ge(11u)));
  for (const std::string& name : *names) {
    const std::string path = directory + "/" + name;
    const std::string text = *files.ReadAll(path);
    const Case c = ParseCase(text);
    TestFolder folder;
    for (const auto& [file, content] : c.files) folder.Write(file, content);
    const Result<LoadedFolder> loaded = folder.Load();
    ASSERT_TRUE(loaded.has_value()) << name;
    const std::string found = Findings(*loaded);
    if (std::getenv("HN_UPDATE_GOLDEN") != nullptr) {
      const std::string input = text.substr(0, text.find("=== findings\n"));
      ASSERT_TRUE(files.WriteAtomically(path, input + "=== findings\n" + found).has_value());
      continue;
    }
    EXPECT_EQ(found, c.expected) << name;
    EXPECT_FALSE(loaded->folder) << name << ": a folder with mistakes must not be used";
  }
}

TEST(LoadTest, AFileMayCountAsHavingAnotherContent) {
  TestFolder folder;
  folder.Write("routes.yml", "routes:\n  alert: {severity: info}\n");
  folder.Write("alarms.yml", "alarms: []\n");
  PosixFiles files;
  LoadOptions options = folder.options();
  options.replaced["alarms.yml"] =
      "alarms:\n  - {name: a, metric: m, threshold: 1, action: alret}\n";
  const Result<LoadedFolder> loaded = LoadOpsFolder(files, folder.path(), options);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_THAT(Findings(*loaded), ::testing::HasSubstr("unknown action \"alret\""));
  EXPECT_EQ(Findings(*folder.Load()).find("alret"), std::string::npos);
}

TEST(LoadTest, AnEmptyFolderIsAPlainServerWithoutFindings) {
  TestFolder folder;
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(Findings(*loaded), "");
  ASSERT_TRUE(loaded->folder);
  EXPECT_THAT(loaded->folder->alarms, IsEmpty());
  EXPECT_EQ(loaded->folder->server.listen, std::vector<std::string>{"127.0.0.1:9140"});
}

TEST(LoadTest, AFolderThatIsNotThereIsAnErrorThatNamesIt) {
  PosixFiles files;
  const Result<LoadedFolder> loaded = LoadOpsFolder(files, "/nonexistent/ops");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(loaded.error().message, HasSubstr("the ops folder /nonexistent/ops cannot be read"));
}

TEST(LoadTest, AFileTooLargeForADocumentIsRefusedUnread) {
  TestFolder folder;
  folder.Write("alarms.yml", std::string((4u << 20) + 1, '#'));
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded.has_value());
  EXPECT_THAT(Findings(*loaded), HasSubstr("alarms.yml: the file is larger than 4 MiB"));
  EXPECT_FALSE(loaded->folder);
}

TEST(LoadTest, AChannelIsConfiguredOnceItsReferencesResolve) {
  TestFolder folder;
  folder.Write("routing-key.txt", "0123456789abcdef0123456789ABCDEF\n");
  folder.Write("contacts.yml",
               "channels:\n"
               "  pager: {type: pagerduty, routing_key: \"${file:" +
                   folder.path() +
                   "/routing-key.txt}\"}\n"
                   "  chat: {type: slack, url: \"${env:SLACK_URL}\"}\n"
                   "  mail: {type: smtp, server: \"${env:EMPTY}\", from: a@example.com}\n"
                   "contacts: {}\n");
  folder.environment["SLACK_URL"] = "https://hooks.example.com/x";
  folder.environment["EMPTY"] = "";
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded.has_value());
  ASSERT_TRUE(loaded->folder) << Findings(*loaded);
  const auto& channels = loaded->folder->channels;
  ASSERT_THAT(channels, SizeIs(3));
  EXPECT_TRUE(channels[0].configured);
  EXPECT_TRUE(channels[1].configured);
  EXPECT_EQ(channels[1].settings.at("url"), "${env:SLACK_URL}") << "the reference, not the secret";
  EXPECT_FALSE(channels[2].configured);
  EXPECT_EQ(channels[2].unconfigured_reason, "server: the environment variable EMPTY is empty");
  EXPECT_EQ(channels[2].missing_variable, "EMPTY");
}

TEST(LoadTest, ASecretThatCanOnlyBeWrongIsAWarningWithoutItsValue) {
  TestFolder folder;
  folder.Write("contacts.yml",
               "channels:\n"
               "  pager: {type: pagerduty, routing_key: \"${env:KEY}\"}\n"
               "  other: {type: pagerduty, routing_key: \"${env:DASHED}\"}\n"
               "  chat: {type: slack, url: \"${env:SLACK_URL}\"}\n"
               "  mail: {type: smtp, server: \"${env:MAIL}\", from: a@example.com}\n"
               "contacts: {}\n");
  folder.environment["KEY"] = "s3cret";
  folder.environment["DASHED"] = "01234567-89ab-cdef-0123-456789abc";
  folder.environment["DASHED"].resize(32);
  folder.environment["SLACK_URL"] = "hooks.example.com/s3cret";
  folder.environment["MAIL"] = "mail.s3cret";
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded.has_value());
  ASSERT_TRUE(loaded->folder) << Findings(*loaded);
  const auto& channels = loaded->folder->channels;
  ASSERT_THAT(channels, SizeIs(4));
  for (const ChannelDocument& channel : channels) {
    EXPECT_FALSE(channel.configured) << channel.name;
    EXPECT_EQ(channel.missing_variable, "") << "it is there, and wrong";
  }
  EXPECT_EQ(channels[0].unconfigured_reason,
            "routing_key: what ${env:KEY} stands for is wrong: expected 32 letters and digits (the "
            "integration key of Events API v2), got 6 characters");
  EXPECT_THAT(channels[1].unconfigured_reason,
              HasSubstr("got 32 characters of which some are others"));
  EXPECT_EQ(channels[2].unconfigured_reason,
            "url: what ${env:SLACK_URL} stands for is wrong: expected a URL that begins with "
            "https:// or http://");
  EXPECT_EQ(channels[3].unconfigured_reason,
            "server: what ${env:MAIL} stands for is wrong: expected host:port");
  const std::string findings = Findings(*loaded);
  EXPECT_THAT(findings, HasSubstr("contacts.yml:2:41: warning: channels.pager.routing_key: what "
                                  "${env:KEY} stands for is wrong"));
  EXPECT_THAT(findings, HasSubstr("the channel is not used"));
  EXPECT_EQ(findings.find("s3cret"), std::string::npos) << findings;
}

TEST(LoadTest, ALevelHasOneClockAndOneEnd) {
  const auto mistakes = [](const std::string& steps, const std::string& more = "") {
    TestFolder folder;
    folder.Write("escalation.yml", "escalation:\n  standard:\n    steps:\n" + steps + more);
    std::string found;
    const auto loaded = folder.Load();
    for (const Finding& finding : loaded->findings)
      if (finding.level == Finding::Level::kMistake && finding.file == "escalation.yml" &&
          finding.message.find("unknown contact") == std::string::npos)
        found += finding.path + ": " + finding.message + "\n";
    return found;
  };
  const std::string first = "      - {level: L1, after: 0s, contacts: [a]}\n";
  EXPECT_EQ(mistakes(first + "      - {level: L2, after_previous: 5m, until: acked, repeat_every: "
                             "5m, contacts: [a]}\n",
                     "    repeat: {times: 2, after: 10m}\n    acknowledgement_timeout: {critical: "
                     "2h}\n    on_exhausted: [a]\n"),
            "");
  const std::tuple<std::string, std::string, const char*> cases[] = {
      {"      - {level: L1, after_previous: 5m, contacts: [a]}\n", "",
       "steps[0]: the first level has none before it"},
      {first + "      - {level: L2, after: 5m, after_previous: 5m, contacts: [a]}\n", "",
       "keep one of them"},
      {"      - {level: L1, after: 0s, until: acked, until_acknowledged: true, contacts: [a]}\n",
       "", "say the same thing; keep \"until\""},
      {"      - {level: L1, after: 0s, until: closed, contacts: [a]}\n", "",
       "expected one of resolved, acknowledged, acked"},
      {"      - {level: L1, after: 0s, repeat_every: 5s, contacts: [a]}\n", "", "repeat_every"},
      {first, "    repeat: {times: 2, forever: true, after: 10m}\n",
       "expected one of times: 2 and forever: true"},
      {first, "    repeat: {after: 10m}\n", "expected one of times: 2 and forever: true"},
      {first, "    acknowledgement_timeout: {bad: 2h}\n", "expected one of critical, error"},
  };
  for (const auto& [steps, more, says] : cases)
    EXPECT_NE(mistakes(steps, more).find(says), std::string::npos)
        << steps << more << mistakes(steps, more);
}

TEST(LoadTest, AProbeHasTheKeysAndDefaultsOfItsType) {
  TestFolder folder;
  folder.Write("targets.yml",
               "probes:\n"
               "  zone: {type: dns, target: \"192.0.2.53:53\", query_name: example.com, "
               "query_type: MX, expected_answers: [10 mx.example.com.]}\n"
               "  db: {type: postgres, target: \"db:5432\", user: watcher, "
               "password: \"${env:DB}\"}\n"
               "  web: {type: tls, target: \"web:443\", certificate_days: 14}\n");
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded.has_value());
  ASSERT_TRUE(loaded->folder) << Findings(*loaded);
  const auto& probes = loaded->folder->targets.probes;
  ASSERT_THAT(probes, SizeIs(3));
  EXPECT_EQ(probes[0].query_type, "MX");
  EXPECT_EQ(probes[0].expected_rcode, "NOERROR");
  EXPECT_THAT(probes[0].expected_answers, ElementsAre("10 mx.example.com."));
  EXPECT_EQ(probes[1].password, "${env:DB}") << "the reference, not the secret";
  EXPECT_EQ(probes[1].tls, "prefer");
  EXPECT_EQ(probes[2].certificate_days, 14);
  std::vector<std::string> filled;
  for (const FilledDefault& one : loaded->defaults)
    if (one.path.starts_with("probes.db")) filled.push_back(one.path + "=" + one.value);
  EXPECT_THAT(filled, ElementsAre("probes.db.interval=15s", "probes.db.timeout=5s",
                                  "probes.db.certificate_days=0", "probes.db.tls=prefer"));
}

TEST(LoadTest, AServiceMayNameItsBalancerAndAlarmsOnItsFiguresFindTheService) {
  TestFolder folder;
  folder.Write("targets.yml",
               "services:\n"
               "  app:\n"
               "    cluster: production\n"
               "    driver: process\n"
               "    load_balancer:\n"
               "      {driver: haproxy, socket: /run/haproxy.sock, backend: app, "
               "log: \"127.0.0.1:5140\"}\n");
  folder.Write("routes.yml", "routes: {alert: {severity: error}}\n");
  folder.Write("alarms.yml",
               "alarms:\n"
               "  - {name: BalancerErrors, metric: HTTPCode_ELB_5XX_Count, threshold: 1, "
               "action: alert}\n");
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded.has_value());
  ASSERT_TRUE(loaded->folder) << Findings(*loaded);
  const LoadBalancerDocument& balancer = loaded->folder->targets.services.at(0).load_balancer;
  EXPECT_EQ(balancer.driver, "haproxy");
  EXPECT_EQ(balancer.socket, "/run/haproxy.sock");
  EXPECT_EQ(balancer.backend, "app");
  EXPECT_EQ(balancer.log, "127.0.0.1:5140");
  EXPECT_EQ(balancer.interval, Duration::Seconds(5));
  EXPECT_EQ(balancer.check_interval, Duration::Millis(500));
  EXPECT_EQ(loaded->folder->alarms.at(0).dimensions.at("ServiceName"), "app");
}

TEST(SecretsTest, ResolvesReferencesAndNeverShowsThem) {
  TestFolder folder;
  folder.Write("key", "abc\r\n");
  PosixFiles files;
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "A") return "value";
    return std::nullopt;
  };
  EXPECT_EQ(*ResolveReference("plain", files, environment), "plain");
  EXPECT_EQ(*ResolveReference("${env:A}", files, environment), "value");
  EXPECT_EQ(*ResolveReference("${file:" + folder.path() + "/key}", files, environment), "abc");
  const auto missing = ResolveReference("${env:B}", files, environment);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message, "the environment variable B is not set");
  EXPECT_EQ(ResolveReference("${file:/nonexistent}", files, environment).error().code,
            ErrorCode::kNotFound);
  for (const char* bad : {"${A}", "${env:}", "${env:1A}", "${file:relative}", "x${env:A}",
                          "${env:A}x", "${env:A B}"}) {
    EXPECT_TRUE(CheckReference(bad).has_value()) << bad;
    EXPECT_FALSE(IsReference(bad)) << bad;
  }
}

TEST(DigestTest, ChangesWithNamesAndContentsAndIsTheWatchersToo) {
  TestFolder folder;
  PosixFiles files;
  folder.Write("hinomi.yml", "watched_by: peer\n");
  const std::string first = folder.Load()->folder->digest;
  EXPECT_THAT(first, SizeIs(64));
  FolderDigester digester(files, folder.path());
  EXPECT_EQ(*digester.Digest(), first);
  folder.Write(".hinomi.yml.swp", "an editor's");
  EXPECT_EQ(*digester.Digest(), first);
  folder.Write("hinomi.yml", "watched_by: peeR\n");
  const std::string second = *digester.Digest();
  EXPECT_NE(second, first);
  folder.Write("scripts/a.sh", "true\n");
  const std::string third = *digester.Digest();
  EXPECT_NE(third, second);
  folder.Write("scripts/b.sh", "true\n");
  ASSERT_TRUE(files.Remove(folder.path() + "/scripts/a.sh").has_value());
  EXPECT_NE(*digester.Digest(), third);
}

/// Counts what is read, and lies about stamps where told to.
class CountingFiles : public PosixFiles {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    ++opened;
    return PosixFiles::Open(path, mode);
  }
  std::optional<FileStamp> Stamp(const std::string& path) override {
    std::optional<FileStamp> stamp = tells ? PosixFiles::Stamp(path) : std::nullopt;
    if (stamp && coarse) stamp->inode = stamp->modified_ns = stamp->changed_ns = 0;
    return stamp;
  }

  int opened = 0;
  bool tells = true;
  bool coarse = false;
};

/// Files read by one look.
int ReadBy(FolderDigester& digester, CountingFiles& files) {
  files.opened = 0;
  EXPECT_TRUE(digester.Digest().has_value());
  return files.opened;
}

TEST(DigesterTest, ReadsOnlyWhatChangedOnceStampsAreBelieved) {
  TestFolder folder;
  CountingFiles files;
  folder.Write("hinomi.yml", "rule_files: [rules/*.yml]\n");
  folder.Write("rules/a.yml", "groups: []\n");
  FolderDigester digester(files, folder.path());
  for (int i = 0; i <= FolderDigester::kLooksUntilBelieved; ++i)
    EXPECT_EQ(ReadBy(digester, files), 2) << i;
  EXPECT_EQ(ReadBy(digester, files), 0);
  const std::string before = *digester.Digest();
  EXPECT_EQ(before, folder.Load()->digest);

  folder.Write("rules/a.yml", "groups: [] \n");
  EXPECT_EQ(ReadBy(digester, files), 1);
  const std::string after = *digester.Digest();
  EXPECT_NE(after, before);
  EXPECT_EQ(after, folder.Load()->digest);

  ASSERT_TRUE(files.Remove(folder.path() + "/rules/a.yml").has_value());
  EXPECT_EQ(*digester.Digest(), folder.Load()->digest);
}

TEST(DigesterTest, ARuleFileBesideTheFoldersOwnIsReadOnce) {
  TestFolder folder;
  CountingFiles files;
  folder.Write("hinomi.yml", "rule_files: [rules.yml]\n");
  folder.Write("rules.yml", "groups: []\n");
  FolderDigester digester(files, folder.path());
  for (int i = 0; i <= FolderDigester::kLooksUntilBelieved; ++i)
    EXPECT_EQ(ReadBy(digester, files), 2) << i;
  EXPECT_EQ(ReadBy(digester, files), 0);
  EXPECT_EQ(*digester.Digest(), folder.Load()->digest);
}

TEST(DigesterTest, AYoungStampIsNotBelievedAndAnOldOneNotForEver) {
  TestFolder folder;
  CountingFiles files;
  files.coarse = true;  // Nothing but the size shows.
  folder.Write("hinomi.yml", "watched_by: peer\n");
  FolderDigester digester(files, folder.path());
  std::string last = *digester.Digest();
  folder.Write("hinomi.yml", "watched_by: peeR\n");  // Within what times can tell.
  EXPECT_NE(*digester.Digest(), last);
  while (ReadBy(digester, files) > 0) {
  }
  last = *digester.Digest();
  folder.Write("hinomi.yml", "watched_by: pEER\n");
  int looks = 0;
  while (*digester.Digest() == last && looks < 1'000) ++looks;
  EXPECT_LE(looks, FolderDigester::kLooksUntilReadAnyway);
}

TEST(DigesterTest, WithoutStampsEveryLookReads) {
  TestFolder folder;
  CountingFiles files;
  files.tells = false;
  folder.Write("hinomi.yml", "watched_by: peer\n");
  FolderDigester digester(files, folder.path());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ReadBy(digester, files), 1) << i;
}

TEST(WatchTest, LoadsAChangeOnceItHasStoodForTwoLooks) {
  FolderWatch watch("a");
  struct Look {
    const char* digest;
    bool load;
  };
  const Look looks[] = {{"a", false}, {"b", false}, {"c", false}, {"c", true},
                        {"c", false}, {"d", false}, {"c", false}, {"d", false},
                        {"d", true},  {"a", false}, {"a", true},  {"a", false}};
  int i = 0;
  for (const Look& look : looks) {
    EXPECT_EQ(watch.Observe(look.digest), look.load) << "look " << i;
    ++i;
  }
}

/// A folder that somebody writes to while it is read.
class BusyFiles : public PosixFiles {
 public:
  BusyFiles(TestFolder& folder, int writes) : folder_(folder), writes_(writes) {}
  Result<std::vector<std::string>> List(const std::string& path) override {
    if (path == folder_.path() && writes_ > 0) {
      folder_.Write("hinomi.yml", "watched_by: peer" + std::to_string(writes_--) + "\n");
    }
    return PosixFiles::List(path);
  }

 private:
  TestFolder& folder_;
  int writes_;
};

TEST(LoadTest, ReadsAgainWhatChangesMeanwhile) {
  TestFolder folder;
  BusyFiles settling(folder, 3);
  const Result<LoadedFolder> loaded = LoadOpsFolder(settling, folder.path(), folder.options());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->folder->server.watched_by, "peer1");

  BusyFiles restless(folder, 1'000);
  const Result<LoadedFolder> never = LoadOpsFolder(restless, folder.path(), folder.options());
  ASSERT_FALSE(never.has_value());
  EXPECT_EQ(never.error().code, ErrorCode::kConflict);
}

TEST(ExampleFolderTest, InitWritesTheFolderOfTheRepositoryAndNeverOverAnother) {
  PosixFiles files;
  TestFolder folder;
  const std::string target = folder.path() + "/new";
  const Result<std::vector<std::string>> written = WriteExampleFolder(files, target);
  ASSERT_TRUE(written.has_value()) << written.error().message;
  EXPECT_THAT(*written, ::testing::IsSupersetOf(
                            {"alarms.yml", "dns-failover.json", "runbooks/memory-leak.yml"}));
  EXPECT_EQ(*FolderDigester(files, target).Digest(),
            *FolderDigester(files, HN_SOURCE_DIR "/ops").Digest());
  const Result<std::vector<std::string>> again = WriteExampleFolder(files, target);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

std::string SchemaPath(std::string_view file) {
  std::string name(file.substr(0, file.find('.')));
  if (file.starts_with("runbooks/")) name = "runbook";
  return HN_SOURCE_DIR "/docs/schemas/" + name + ".schema.json";
}

/// HN_UPDATE_GOLDEN=1 writes them anew.
TEST(SchemaTest, ThePublishedSchemasAreThoseOfTheDeclarations) {
  PosixFiles files;
  ASSERT_THAT(DocumentFiles(), SizeIs(13));
  for (const std::string& file : DocumentFiles()) {
    const Result<std::string> schema = JsonSchema(file);
    ASSERT_TRUE(schema.has_value()) << file;
    if (std::getenv("HN_UPDATE_GOLDEN") != nullptr) {
      ASSERT_TRUE(files.MakeDirectories(HN_SOURCE_DIR "/docs/schemas").has_value());
      ASSERT_TRUE(files.WriteAtomically(SchemaPath(file), *schema).has_value());
    }
    const Result<std::string> published = files.ReadAll(SchemaPath(file));
    ASSERT_TRUE(published.has_value()) << published.error().message;
    EXPECT_EQ(*published, *schema) << file;
  }
}

TEST(SchemaTest, SaysWhatAnEditorNeeds) {
  const Json schema = *Json::Parse(*JsonSchema("alarms.yml"));
  EXPECT_EQ(schema["$schema"].as_string(), "https://json-schema.org/draft/2020-12/schema");
  const Json& alarm = schema["properties"]["alarms"]["items"];
  EXPECT_EQ(alarm["required"].Dump(), R"(["name","action"])");
  EXPECT_EQ(
      alarm["oneOf"].Dump(),
      R"([{"required":["metric","threshold"]},{"required":["metrics","threshold"]},{"required":["thresholdMetricId","metrics"]},{"required":["expr"]},{"required":["rule"]}])");
  EXPECT_EQ(alarm["additionalProperties"].Dump(), "false");
  EXPECT_EQ(alarm["properties"]["evaluationPeriods"]["default"].as_int(), 1);
  EXPECT_EQ(alarm["properties"]["comparisonOperator"]["enum"].as_array().size(), 7u);
  const Result<std::string> unknown = JsonSchema("alarm.yml");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().message,
            "there is no document \"alarm.yml\"; did you mean \"alarms.yml\"?");
}

}  // namespace
}  // namespace hinomi::policy
