#include "rule_tests/compare.h"

#include <gmock/gmock.h>

#include <cmath>
#include <deque>

namespace hinomi::rule_tests {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CompareAlertsTest : public ::testing::Test {
 protected:
  void Fires(std::vector<metrics::Labels::Pair> labels,
             std::map<std::string, std::string> annotations = {}) {
    labels.emplace_back("alertname", "A");
    rules::Alert alert;
    alert.labels = metrics::Labels(std::move(labels));
    alert.annotations = std::move(annotations);
    alerts_.push_back(std::move(alert));
  }
  void Expect(std::map<std::string, std::string> labels,
              std::map<std::string, std::string> annotations = {}) {
    labels["alertname"] = "A";
    test_.expected.push_back({std::move(labels), std::move(annotations)});
  }
  Difference Compared() {
    std::vector<const rules::Alert*> firing;
    for (const rules::Alert& alert : alerts_) firing.push_back(&alert);
    return CompareAlerts(test_, firing);
  }

  policy::AlertTest test_;

 private:
  std::deque<rules::Alert> alerts_;
};

TEST_F(CompareAlertsTest, TheSameInAnyOrderIsAsExpected) {
  Fires({{"host", "a"}}, {{"summary", "full"}});
  Fires({{"host", "b"}});
  Expect({{"host", "b"}});
  Expect({{"host", "a"}}, {{"summary", "full"}});
  const Difference difference = Compared();
  EXPECT_TRUE(difference.empty());
  EXPECT_EQ(difference.as_expected, 2u);
}

TEST_F(CompareAlertsTest, EachDifferenceIsALine) {
  Fires({{"host", "a"}}, {{"summary", "a \"quoted\" text"}});
  Fires({{"host", "b"}});
  Expect({{"host", "b"}});
  Expect({{"host", "a"}});
  const Difference difference = Compared();
  EXPECT_THAT(difference.missing, ElementsAre(R"(labels {host="a"})"));
  EXPECT_THAT(difference.unexpected,
              ElementsAre(R"(labels {host="a"} annotations {summary="a \"quoted\" text"})"));
  EXPECT_EQ(difference.as_expected, 1u);
}

TEST_F(CompareAlertsTest, OneAlertStandsForOneExpectation) {
  Fires({{"host", "a"}});
  Expect({{"host", "a"}});
  Expect({{"host", "a"}});
  EXPECT_THAT(Compared().missing, ElementsAre(R"(labels {host="a"})"));
  Fires({{"host", "a"}});  // A rule of another group gives it, too.
  EXPECT_TRUE(Compared().empty());
}

TEST_F(CompareAlertsTest, AnEmptyLabelIsNoneOfAnAlert) {
  Fires({});
  Expect({{"host", ""}});
  EXPECT_THAT(Compared().missing, ElementsAre(R"(labels {host=""})"));
}

TEST_F(CompareAlertsTest, OfASubsetOnlyWhatIsNamedIsCompared) {
  test_.subset = true;
  Fires({{"host", "a"}, {"severity", "page"}}, {{"summary", "full"}, {"runbook", "r"}});
  Expect({{"host", "a"}}, {{"runbook", "r"}});
  EXPECT_TRUE(Compared().empty());
  Expect({{"host", "b"}});
  EXPECT_THAT(Compared().missing, ElementsAre(R"(labels {host="b"})"));
  Fires({{"host", "b"}});
  Fires({{"host", "c"}});
  EXPECT_THAT(Compared().missing, IsEmpty());
  EXPECT_THAT(Compared().unexpected, ElementsAre(R"(labels {host="c"})"))
      << "whatever fires has to be expected";
}

TEST_F(CompareAlertsTest, SubsetsFindTheirAlertsWhateverTheOrder) {
  test_.subset = true;
  Fires({{"host", "a"}, {"disk", "1"}});
  Fires({{"host", "a"}, {"disk", "2"}});
  Fires({{"host", "b"}, {"disk", "1"}});
  Expect({});               // Only b is left for it,
  Expect({{"host", "a"}});  // since these take both of a.
  Expect({{"disk", "2"}});
  EXPECT_TRUE(Compared().empty());
}

class CompareSamplesTest : public ::testing::Test {
 protected:
  static metrics::Labels Series(const std::string& text) { return *promql::ParseMetric(text); }
  static metrics::NativeHistogramPtr Histogram(const std::string& text) {
    return promql::ParseSequence(text)->at(0).histogram;
  }
  void Gives(const std::string& series, double value) {
    given_.push_back({Series(series), 0, value, nullptr});
  }
  void Expect(const std::string& series, double value) {
    test_.expected.push_back({Series(series), value, nullptr});
  }
  Difference Compared(bool fuzzy = false) const { return CompareSamples(test_, given_, fuzzy); }

  policy::ExprTest test_;
  promql::Vector given_;
};

TEST_F(CompareSamplesTest, SeriesAndValuesAreCompared) {
  Gives("up{a=\"1\"}", 1);
  Gives("up{a=\"2\"}", 0.5);
  Expect("up{a=\"2\"}", 0.5);
  Expect("up{a=\"1\"}", 2);
  Expect("{a=\"3\"}", 0);
  const Difference difference = Compared();
  EXPECT_THAT(difference.missing, ElementsAre("up{a=\"1\"} 2", "{a=\"3\"} 0"));
  EXPECT_THAT(difference.unexpected, ElementsAre("up{a=\"1\"} 1"));
  EXPECT_EQ(difference.as_expected, 1u);
}

TEST_F(CompareSamplesTest, NumbersAreExactUnlessFuzzy) {
  Gives("{}", 0.1 + 0.2);
  Expect("{}", 0.3);
  EXPECT_FALSE(Compared().empty());
  EXPECT_TRUE(Compared(true).empty());
  given_[0].value = std::nextafter(given_[0].value, 1);
  EXPECT_FALSE(Compared(true).empty()) << "two bits off";
}

TEST_F(CompareSamplesTest, ZeroHasNoSignAndNanEqualsNothing) {
  Gives("{}", -0.0);
  Expect("{}", 0);
  EXPECT_TRUE(Compared().empty());
  given_[0].value = test_.expected[0].value = std::nan("");
  EXPECT_FALSE(Compared().empty());
}

TEST_F(CompareSamplesTest, HistogramsAreComparedWithTheirHints) {
  given_.push_back({Series("h"), 0, 0, Histogram("{{count:1 buckets:[0 1]}}")});
  test_.expected.push_back({Series("h"), 0, Histogram("{{count:1 offset:1 buckets:[1]}}")});
  EXPECT_TRUE(Compared().empty());
  test_.expected[0].histogram =
      Histogram("{{count:1 offset:1 buckets:[1] counter_reset_hint:gauge}}");
  EXPECT_THAT(Compared().unexpected, ElementsAre("h {{count:1 offset:1 buckets:[1]}}"));
  test_.expected[0].histogram = nullptr;
  EXPECT_THAT(Compared().missing, ElementsAre("h 0")) << "a number is no histogram";
}

}  // namespace
}  // namespace hinomi::rule_tests
