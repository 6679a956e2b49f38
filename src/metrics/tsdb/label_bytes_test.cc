#include "metrics/tsdb/label_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace hinomi::metrics {
namespace {

using std::string_literals::operator""s;

Labels RandomLabels(Random& random) {
  std::vector<Labels::Pair> pairs;
  for (uint64_t i = random.Below(5); i-- > 0;) {
    std::string value(1 + random.Below(random.Percent(10) ? 300 : 4), 'v');
    pairs.emplace_back(std::string(1, static_cast<char>('a' + random.Below(4))), value);
  }
  return Labels(std::move(pairs));
}

TEST(LabelBytesTest, AreWhatSendersPutOnTheWire) {
  EXPECT_EQ(LabelBytesOf(Labels({{"job", "a"}, {"__name__", "up"}})),
            "\x0A\x0E\x0A\x08__name__\x12\x02up\x0A\x08\x0A\x03job\x12\x01\x61"s);
  EXPECT_EQ(LabelBytesOf(Labels()), "");
}

TEST(LabelBytesTest, ComeBackAndAreOrderedAsLabelsAre) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const Labels a = RandomLabels(random);
    const Labels b = RandomLabels(random);
    EXPECT_EQ(ParseLabelBytes(LabelBytesOf(a)).value(), a);
    const int order = CompareLabelBytes(LabelBytesOf(a), LabelBytesOf(b));
    EXPECT_EQ(order < 0, a < b) << a.ToString() << b.ToString();
    EXPECT_EQ(order == 0, a == b);
    EXPECT_EQ(FindLabel(LabelBytesOf(a), "b"), a.Get("b"));
  }
}

TEST(LabelBytesTest, LabelsAreTakenOffOneAfterAnotherAndNeverBeyondTheEnd) {
  const std::string long_value(300, 'x');
  const std::string a = LabelBytesOf(Labels(std::vector<Labels::Pair>{{"a", "1"}}));
  const std::string b = LabelBytesOf(Labels(std::vector<Labels::Pair>{{"b", long_value}}));
  const std::string both = a + b;
  std::string_view rest = both;
  EXPECT_EQ(TakeLabelMessage(rest), a);
  EXPECT_EQ(TakeLabelMessage(rest), b);
  EXPECT_EQ(rest, "");
  EXPECT_EQ(TakeLabelMessage(rest), "");
  for (size_t size = 1; size < b.size(); ++size) {
    std::string_view cut = std::string_view(b).substr(0, size);
    EXPECT_EQ(TakeLabelMessage(cut), "") << size;
    EXPECT_EQ(cut.size(), size);
  }
  std::string_view endless = "\x0A\xFF\xFF\xFF\xFF\xFF\xFF\x01";
  EXPECT_EQ(TakeLabelMessage(endless), "");
}

TEST(LabelBytesTest, OtherFormsAreNotTaken) {
  const std::string good = LabelBytesOf(Labels({{"a", "1"}, {"b", "2"}}));
  ASSERT_TRUE(ParseLabelBytes(good).has_value());
  for (size_t size = 1; size < good.size(); ++size) {
    const bool between_labels = size == good.size() / 2;
    EXPECT_EQ(ParseLabelBytes(good.substr(0, size)).has_value(), between_labels) << size;
  }
  const std::string a = good.substr(0, good.size() / 2);
  const std::string b = good.substr(good.size() / 2);
  EXPECT_FALSE(ParseLabelBytes(b + a));
  EXPECT_FALSE(ParseLabelBytes(a + a));
  EXPECT_FALSE(ParseLabelBytes("\x0A\x05\x0A\x01\x61\x12\x00"s));          // An empty value.
  EXPECT_FALSE(ParseLabelBytes("\x0A\x86\x00\x0A\x01\x61\x12\x01\x31"s));  // A longer varint.
  EXPECT_FALSE(ParseLabelBytes("\x0A\x06\x12\x01\x31\x0A\x01\x61"s));      // The value first.
}

}  // namespace
}  // namespace hinomi::metrics
