#include "rule_tests/render.h"

#include <algorithm>

#include "base/strings.h"

namespace hinomi::rule_tests {
namespace {

using policy::Finding;

std::string PlaceText(const std::string& file, policy::Mark place) {
  return file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string FailureHead(const std::string& file, const Failure& failure) {
  return PlaceText(file, failure.place) + ": at " + FormatDuration(failure.at) + ", " +
         failure.about + ": " + failure.problem;
}

/// With the lines that tell the difference.
std::string FailureText(const std::string& file, const Failure& failure,
                        const std::string& indent) {
  std::string out = indent + FailureHead(file, failure) + "\n";
  for (const std::string& line : failure.difference.missing)
    out += indent + "  expected  " + line + "\n";
  for (const std::string& line : failure.difference.unexpected)
    out += indent + "  got       " + line + "\n";
  return out;
}

std::string FindingText(const FileResult& result) {
  std::string out;
  for (const Finding& finding : result.findings) out += policy::FormatFinding(finding) + "\n";
  return out;
}

std::string Verdict(const FileResult& result) {
  if (!result.unreadable.empty()) return "could not be read: " + result.unreadable;
  if (const size_t mistakes = result.mistakes(); mistakes > 0)
    return "FAILED, " + std::to_string(mistakes) + (mistakes == 1 ? " mistake" : " mistakes") +
           ", so no test ran";
  if (const size_t failed = result.failed_tests(); failed > 0)
    return "FAILED, " + std::to_string(failed) + " of " + std::to_string(result.tests.size()) +
           " tests";
  return "ok, " + std::to_string(result.tests.size()) +
         (result.tests.size() == 1 ? " test" : " tests");
}

// --- JSON --------------------------------------------------------------------

Json LinesJson(const std::vector<std::string>& lines) {
  Json out = Json::MakeArray();
  for (const std::string& line : lines) out.Append(line);
  return out;
}

Json FindingJson(const Finding& finding) {
  return Json::MakeObject()
      .Set("level", finding.level == Finding::Level::kMistake ? "mistake" : "warning")
      .Set("file", finding.file)
      .Set("line", finding.line)
      .Set("column", finding.column)
      .Set("path", finding.path)
      .Set("message", finding.message);
}

Json FailureJson(const Failure& failure) {
  return Json::MakeObject()
      .Set("line", failure.place.line)
      .Set("column", failure.place.column)
      .Set("at_seconds", failure.at.ToSeconds())
      .Set("about", failure.about)
      .Set("problem", failure.problem)
      .Set("expected", LinesJson(failure.difference.missing))
      .Set("got", LinesJson(failure.difference.unexpected));
}

Json TestJson(const TestResult& test) {
  Json failures = Json::MakeArray();
  for (const Failure& failure : test.failures) failures.Append(FailureJson(failure));
  return Json::MakeObject()
      .Set("name", test.name)
      .Set("line", test.place.line)
      .Set("ok", test.passed())
      .Set("took_seconds", test.took.ToSeconds())
      .Set("failures", std::move(failures));
}

Json FileJson(const FileResult& result) {
  Json findings = Json::MakeArray();
  for (const Finding& finding : result.findings) findings.Append(FindingJson(finding));
  Json tests = Json::MakeArray();
  for (const TestResult& test : result.tests) tests.Append(TestJson(test));
  return Json::MakeObject()
      .Set("file", result.file)
      .Set("ok", result.passed())
      .Set("error", result.unreadable)
      .Set("findings", std::move(findings))
      .Set("tests", std::move(tests));
}

Json CoverageJson(const Coverage::Summary& summary) {
  Json gaps = Json::MakeArray();
  for (const Coverage::Gap& gap : summary.gaps) {
    gaps.Append(Json::MakeObject()
                    .Set("file", gap.file)
                    .Set("group", gap.group)
                    .Set("type", std::string(WordsOf(gap.kind).type))
                    .Set("name", gap.rule)
                    .Set("gave", gap.gave)
                    .Set("asked", gap.asked));
  }
  return Json::MakeObject()
      .Set("rules", static_cast<int64_t>(summary.rules))
      .Set("covered", static_cast<int64_t>(summary.covered()))
      .Set("not_covered", std::move(gaps));
}

// --- JUnit -------------------------------------------------------------------

/// Escaped, and without what XML 1.0 cannot hold.
std::string XmlText(const std::string& text) {
  const bool is_utf8 = IsValidUtf8(text);
  std::string kept;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = byte < 0x20 && c != '\n' && c != '\t';
    kept += is_control || (byte >= 0x80 && !is_utf8) ? '?' : c;
  }
  return HtmlEscape(kept);
}

std::string Attribute(const char* name, const std::string& value) {
  return " " + std::string(name) + "=\"" + XmlText(value) + "\"";
}

std::string CaseXml(const FileResult& result, const TestResult& test) {
  std::string out = "    <testcase" + Attribute("name", test.name) +
                    Attribute("classname", result.file) +
                    Attribute("time", FormatDouble(test.took.ToSeconds()));
  if (test.passed()) return out + "/>\n";
  out += ">\n";
  for (const Failure& failure : test.failures) {
    out += "      <failure" + Attribute("message", FailureHead(result.file, failure)) + ">" +
           XmlText(FailureText(result.file, failure, "")) + "</failure>\n";
  }
  return out + "    </testcase>\n";
}

/// What keeps the tests of a file from running.
std::string ErrorXml(const FileResult& result) {
  return "    <testcase" + Attribute("name", result.file) + Attribute("classname", result.file) +
         ">\n      <error" + Attribute("message", Verdict(result)) + ">" +
         XmlText(FindingText(result)) + "</error>\n    </testcase>\n";
}

std::string SuiteXml(const FileResult& result, Instant at) {
  const bool ran = result.unreadable.empty() && result.mistakes() == 0;
  const std::string time = FormatRfc3339(at);
  std::string out = "  <testsuite" + Attribute("name", result.file) +
                    Attribute("tests", std::to_string(result.tests.size() + (ran ? 0 : 1))) +
                    Attribute("failures", std::to_string(result.failed_tests())) +
                    Attribute("errors", ran ? "0" : "1") +
                    Attribute("timestamp", time.substr(0, 19)) + ">\n";
  for (const TestResult& test : result.tests) out += CaseXml(result, test);
  if (!ran) out += ErrorXml(result);
  return out + "  </testsuite>\n";
}

}  // namespace

std::string TextOf(const FileResult& result) {
  std::string out = result.file + ": " + Verdict(result) + "\n" + FindingText(result);
  for (const TestResult& test : result.tests) {
    if (test.passed()) continue;
    out += "  " + test.name + ":\n";
    for (const Failure& failure : test.failures) out += FailureText(result.file, failure, "    ");
  }
  return out;
}

std::string TextOf(const Coverage::Summary& summary, bool gaps) {
  std::string out = std::to_string(summary.covered()) + " of " + std::to_string(summary.rules) +
                    (summary.rules == 1 ? " rule is" : " rules are") + " covered by tests";
  if (!gaps || summary.gaps.empty())
    return out + (summary.gaps.empty() ? "\n" : "; --coverage lists the others\n");
  out += "; not these:\n";
  for (const Coverage::Gap& gap : summary.gaps) {
    out += "  " + gap.file + (gap.group.empty() ? "" : ", group " + gap.group) + ": " +
           std::string(WordsOf(gap.kind).key) + " " + gap.rule + " " + GapText(gap) + "\n";
  }
  return out;
}

Json JsonOf(std::span<const FileResult> results, const Coverage::Summary& coverage) {
  Json files = Json::MakeArray();
  for (const FileResult& result : results) files.Append(FileJson(result));
  return Json::MakeObject()
      .Set("ok", std::ranges::all_of(results, &FileResult::passed))
      .Set("files", std::move(files))
      .Set("coverage", CoverageJson(coverage));
}

std::string JunitOf(std::span<const FileResult> results, Instant at) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const FileResult& result : results) out += SuiteXml(result, at);
  return out + "</testsuites>\n";
}

}  // namespace hinomi::rule_tests
