#include <gtest/gtest.h>

#include <cmath>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/random.h"
#include "base/strings.h"
#include "base/telemetry.h"
#include "base/unicode.h"
#include "base/zone.h"

namespace hinomi {
namespace {

TEST(ClockTest, TimesReadBackAsTheyWereWritten) {
  for (const char* text : {"2026-11-24T03:12:04Z", "1970-01-01T00:00:00Z",
                           "1969-12-31T23:59:59.500Z", "2024-02-29T12:00:00.123456789Z"}) {
    const Result<Instant> t = ParseRfc3339(text);
    ASSERT_TRUE(t) << text;
    EXPECT_EQ(FormatRfc3339(*t), text);
  }
  EXPECT_EQ(ParseRfc3339("2026-11-24T12:12:04+09:00")->seconds(),
            ParseRfc3339("2026-11-24T03:12:04Z")->seconds());
}

TEST(ClockTest, RefusesTimesThatAreNone) {
  for (const char* text : {"", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-24",
                           "2026-11-24T03:12:04", "2026-11-24T03:12:04Zx", "0001-01-01T00:00:00Z"})
    EXPECT_FALSE(ParseRfc3339(text)) << text;
}

TEST(ClockTest, DurationsOfPrometheus) {
  EXPECT_EQ(*ParseDuration("1h30m"), Duration::Minutes(90));
  EXPECT_EQ(*ParseDuration("250ms"), Duration::Millis(250));
  EXPECT_EQ(*ParseDuration("2w"), Duration::Days(14));
  EXPECT_EQ(FormatDuration(Duration::Minutes(90)), "1h30m");
  for (const char* text : {"", "5", "m", "30m1h", "1h1h", "-5m", "1.5h", "9999999999y"})
    EXPECT_FALSE(ParseDuration(text)) << text;
}

TEST(ZoneTest, OffsetsFollowTheZoneAndItsSummer) {
  const Instant winter = *ParseRfc3339("2026-01-15T12:00:00Z");
  const Instant summer = *ParseRfc3339("2026-07-15T12:00:00Z");
  EXPECT_EQ(OffsetAt("Asia/Tokyo", winter).offset, Duration::Hours(9));
  EXPECT_EQ(OffsetAt("Asia/Tokyo", winter).abbreviation, "JST");
  EXPECT_EQ(OffsetAt("Europe/Berlin", winter).offset, Duration::Hours(1));
  EXPECT_EQ(OffsetAt("Europe/Berlin", summer).offset, Duration::Hours(2));
  EXPECT_EQ(OffsetAt("Nowhere/Else", summer).offset, Duration());
}

TEST(ZoneTest, AZoneMayBeAFixedOffset) {
  EXPECT_EQ(OffsetAt("+05:45", Instant()).offset, Duration::Minutes(345));
  EXPECT_EQ(OffsetAt("-03:30", Instant()).offset, -Duration::Minutes(210));
  EXPECT_EQ(CivilText("Asia/Tokyo", *ParseRfc3339("2026-11-24T03:12:59Z")), "2026-11-24 12:12 JST");
  EXPECT_EQ(CivilText("No/Such", Instant()), "1970-01-01 00:00 UTC");
  EXPECT_EQ(CivilText("+05:45", Instant()), "1970-01-01 05:45 +05:45");
  EXPECT_EQ(OffsetAt("+05:45", Instant()).abbreviation, "+05:45");
  for (const char* zone : {"", "+5:45", "+05:46", "+14:05", "05:45", "+0a:00", "+05:60"})
    EXPECT_EQ(FixedOffset(zone), std::nullopt) << zone;
}

TEST(ZoneTest, CivilPeriodsBeginByTheClocksOfTheZone) {
  const struct {
    const char* zone;
    Duration period;
    const char* t;
    const char* start;
  } cases[] = {
      {"Asia/Tokyo", Duration::Days(1), "2026-11-24T14:59:59Z", "2026-11-23T15:00:00Z"},
      {"Asia/Tokyo", Duration::Days(1), "2026-11-24T15:00:00Z", "2026-11-24T15:00:00Z"},
      {"Asia/Kolkata", Duration::Hours(1), "2026-11-24T15:00:00Z", "2026-11-24T14:30:00Z"},
      {"+05:45", Duration::Minutes(5), "2026-11-24T15:04:59Z", "2026-11-24T15:00:00Z"},
      {"", Duration::Days(7), "2026-11-24T15:00:00Z", "2026-11-23T00:00:00Z"},
      {"Asia/Tokyo", Duration::Days(7), "2026-11-22T15:00:00Z", "2026-11-22T15:00:00Z"},
      // Clocks go forward on the 29th of March, back on the 25th of October.
      {"Europe/Berlin", Duration::Days(1), "2026-03-29T20:00:00Z", "2026-03-28T23:00:00Z"},
      {"Europe/Berlin", Duration::Days(1), "2026-10-25T22:59:59Z", "2026-10-24T22:00:00Z"},
      {"Europe/Berlin", Duration::Days(7), "2026-10-26T12:00:00Z", "2026-10-25T23:00:00Z"},
      {"Europe/Berlin", Duration::Days(7), "2026-10-25T12:00:00Z", "2026-10-18T22:00:00Z"},
      {"Europe/Berlin", Duration::Hours(1), "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z"},
      {"Europe/Berlin", Duration::Hours(1), "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z"},
      {"", Duration::Days(1), "1969-12-31T12:00:00Z", "1969-12-31T00:00:00Z"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(FormatRfc3339(CivilStart(c.zone, c.period, *ParseRfc3339(c.t))), c.start)
        << c.zone << " " << c.t;
  }
}

TEST(ZoneTest, DaysOfTheWeekAreKnownBefore1970Too) {
  EXPECT_EQ(Weekday(Instant()), 3);  // a Thursday
  EXPECT_EQ(Weekday(Instant() - Duration::Nanos(1)), 2);
  EXPECT_EQ(Weekday(*ParseRfc3339("1969-12-28T23:59:59Z")), 6);
  EXPECT_EQ(Weekday(*ParseRfc3339("2026-11-30T00:00:00Z")), 0);
}

TEST(StringsTest, NumbersWholeOrNotAtAll) {
  EXPECT_EQ(ParseInt("-12"), -12);
  EXPECT_FALSE(ParseInt("12x"));
  EXPECT_EQ(ParseDouble("1e3"), 1000.0);
  EXPECT_FALSE(ParseDouble("0x10"));
  EXPECT_FALSE(ParseDouble(""));
  EXPECT_TRUE(std::isinf(*ParseDouble("1e999")));
  EXPECT_EQ(*ParseDouble("1e-999"), 0.0);
  EXPECT_EQ(FormatDouble(0.1), "0.1");
}

TEST(StringsTest, JapaneseIsTwoColumnsWide) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("閾値: 80"), 8u);
  EXPECT_FALSE(IsValidUtf8("\xC0\x80"));
}

TEST(StringsTest, MarksJoinAndHalfAWideCharacterIsNone) {
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);         // A letter and its accent.
  EXPECT_EQ(DisplayWidth("か\u3099"), 2u);        // The same in kana.
  EXPECT_EQ(DisplayWidth("ｱ｡Ａ\U0001F600"), 6u);  // Half-width, full-width, emoji.
  EXPECT_EQ(DisplayWidth("\xFF\xE7\x81"), 3u);    // Bytes that are no text, one each.
  EXPECT_EQ(DisplayWidth("–…·é"), 4u);
  const std::string text = "か\u3099火x";
  EXPECT_EQ(text.substr(0, PrefixWithin(text, 3)), "か\u3099");
  EXPECT_EQ(text.substr(0, PrefixWithin(text, 5)), text);
  EXPECT_EQ(PrefixWithin(text, 1), 0u);
  EXPECT_EQ(FirstCharacter(text), 6u);
  EXPECT_EQ(FirstCharacter(""), 0u);
}

TEST(StringsTest, NearestNameIsASlipNotAGuess) {
  const std::vector<std::string> names{"threshold", "evaluationPeriods", "metric"};
  EXPECT_EQ(NearestName("treshold", names), "threshold");
  EXPECT_EQ(NearestName("evaluationperiod", names), "evaluationPeriods");
  EXPECT_FALSE(NearestName("color", names));
}

TEST(StringsTest, EncodingsRoundTrip) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"})
    EXPECT_EQ(Base64Decode(Base64Encode(text)), text);
  EXPECT_EQ(Base64Encode("foobar"), "Zm9vYmFy");
  EXPECT_FALSE(Base64Decode("Zm9=YmFy"));
}

TEST(JsonTest, EveryDoubleReadsBackToTheLastBit) {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const double v =
        (random.Unit() - 0.5) * std::pow(10.0, static_cast<double>(random.Below(40)) - 20);
    const Result<Json> read = Json::Parse(Json(v).Dump());
    ASSERT_TRUE(read.has_value());
    ASSERT_EQ(read->as_double(), v) << Json(v).Dump();
  }
  EXPECT_EQ(Json::Parse("[29.814963835206786]")->as_array()[0].as_double(), 29.814963835206786);
}

TEST(JsonTest, ReadsWhatRfc8259AllowsAndNothingElse) {
  EXPECT_EQ(Json::Parse(R"( {"a":{"b":[1,2.5,-3e2,"\u00e9\n",true,null,{}]},"c":[]} )")->Dump(),
            R"({"a":{"b":[1,2.5,-300.0,"é\n",true,null,{}]},"c":[]})");
  EXPECT_EQ(Json::Parse(R"({"a":1,"b":2,"a":{"x":3},"c":4,"b":5})")->Dump(),
            R"({"a":{"x":3},"b":5,"c":4})");
  EXPECT_EQ(Json::Parse("9223372036854775807")->as_int(), 9223372036854775807);
  EXPECT_EQ(Json::Parse("18446744073709551615")->as_double(), 18446744073709551615.0);
  for (const char* bad : {"", " ", "{", "{}x", "[1,]", "{\"a\"}", "01", "nul", "\"a", "[1] [2]",
                          "{\"a\":1,}", "\"\x01\"", "\"\xff\"", "// c\n1"})
    EXPECT_FALSE(Json::Parse(bad).has_value()) << bad;
}

TEST(JsonTest, DumpIsDeterministicAndReadsBack) {
  Json value;
  value.Set("b", 1).Set("a", Json::Array{1.0, "x\n", true, nullptr});
  EXPECT_EQ(value.Dump(), R"({"b":1,"a":[1.0,"x\n",true,null]})");
  EXPECT_EQ(*Json::Parse(value.Dump()), value);
  EXPECT_FALSE(Json::Parse("{"));
  EXPECT_FALSE(Json::Parse(std::string(100, '[') + std::string(100, ']')));
  EXPECT_EQ(value["none"]["deeper"].as_int(7), 7);
}

TEST(DigestTest, KnownVectors) {
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(ToHex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(DigestTest, BothWaysToACrcAgreeAndPiecesAreTheWhole) {
  Random random(1);
  std::string bytes;
  for (int i = 0; i < 200; ++i) {
    bytes += static_cast<char>(random.Next());
    const uint32_t crc = Crc32c(bytes);
    EXPECT_EQ(Crc32cByTables(bytes), crc);
    const size_t cut = random.Below(bytes.size() + 1);
    EXPECT_EQ(Crc32c(bytes.substr(cut), Crc32c(bytes.substr(0, cut))), crc);
    EXPECT_EQ(Crc32cByTables(bytes.substr(cut), Crc32cByTables(bytes.substr(0, cut))), crc);
  }
}

TEST(TelemetryTest, ExposesInPrometheusFormat) {
  Telemetry telemetry;
  telemetry.Counter("hinomi_scrape_failures_total", {{"reason", "a\"b"}}).Add(2);
  EXPECT_EQ(telemetry.Expose(),
            "# HELP hinomi_scrape_failures_total Scrapes that failed.\n"
            "# TYPE hinomi_scrape_failures_total counter\n"
            "hinomi_scrape_failures_total{reason=\"a\\\"b\"} 2\n");
}

}  // namespace
}  // namespace hinomi
