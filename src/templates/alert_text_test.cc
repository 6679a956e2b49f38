#include "templates/alert_text.h"

#include <gmock/gmock.h>

namespace hinomi::templates {
namespace {

class AlertTextTest : public ::testing::Test {
 protected:
  AlertTextTest() {
    data_.labels = {{"__name__", "up"}, {"instance", "web-1.example.com:9100"}, {"job", "app"}};
    data_.external_labels = {{"region", "eu"}};
    data_.value = Value(1234567.0);
    context_.now = Instant::FromSeconds(1'700'000'000);
    context_.external_url = "https://mon.example.com/hinomi";
    context_.query = [](std::string_view expr) -> Result<Value> {
      if (expr == "broken") return InvalidArgument("1:7: parse error");
      auto list = std::make_shared<List>();
      list->type = "template.queryResult";
      if (expr == "many") {
        list->items = {MakeSample({{"host", "b"}}, 2), MakeSample({{"host", "a"}}, 0.5)};
      }
      return Value(Value::ListPtr(list));
    };
  }
  std::string Expand(const std::string& text) const {
    const auto parsed = AlertText::Parse("A", text);
    if (const auto* problem = std::get_if<ParseProblem>(&parsed))
      return std::to_string(problem->offset) + ": " + problem->message;
    return std::get<AlertText>(parsed).Expand(data_, context_);
  }
  void ExpectAll(const std::vector<std::pair<std::string, std::string>>& rows) const {
    for (const auto& [text, want] : rows) EXPECT_EQ(Expand(text), want) << text;
  }

  AlertData data_;
  Context context_;
};

TEST_F(AlertTextTest, TextsOfRuleFilesInTheField) {
  ExpectAll({
      {"plain text", "plain text"},
      {"{{ $labels.instance }} of {{ .Labels.job }}", "web-1.example.com:9100 of app"},
      {"value {{ $value }}", "value 1.234567e+06"},
      {"{{ $value | humanize }}B", "1.235MB"},
      {"{{ printf \"%.2f\" $value }}", "1234567.00"},
      {"{{ $value | printf \"%.1f\" }}%", "1234567.0%"},
      {"{{ if gt $value 1.0 }}high{{ else }}low{{ end }}", "high"},
      {"{{ if eq $labels.job \"db\" }}a{{ else if eq $labels.job \"app\" }}b{{ end }}", "b"},
      {"{{ with query \"many\" }}{{ . | first | value }}{{ end }}", "2"},
      {"{{ range query \"many\" | sortByLabel \"host\" }}{{ .Labels.host }}={{ .Value }} {{ end }}",
       "a=0.5 b=2 "},
      {"{{ range $i, $s := query \"many\" }}{{ $i }}:{{ label \"host\" $s }} {{ end }}",
       "0:b 1:a "},
      {"{{ range query \"none\" }}x{{ else }}nothing{{ end }}", "nothing"},
      {"{{ (query \"many\" | first).Labels.host }}", "b"},
      {"{{ $externalLabels.region }} {{ $externalURL }} {{ pathPrefix }}",
       "eu https://mon.example.com/hinomi /hinomi"},
      {"a {{- /* left out */ -}} b", "ab"},
      {"a\n{{- \" b\" }}\n{{ \"c\" -}}\n d", "a b\ncd"},
      {"{{ reReplaceAll \"(.*):[0-9]+\" \"$1\" $labels.instance }}", "web-1.example.com"},
      {"{{ $labels.instance | stripDomain | toUpper }}", "WEB-1:9100"},
      {"{{ $labels.instance | stripPort }}", "web-1.example.com"},
      {"{{ define \"x\" }}<{{ . }}>{{ end }}{{ template \"x\" $labels.job }}", "<app>"},
      {"{{ $x := \"a\" }}{{ if true }}{{ $x = \"b\" }}{{ end }}{{ $x }}", "b"},
      {"{{ range $k, $v := args 1 \"z\" }}{{ $k }}={{ $v }};{{ end }}", "arg0=1;arg1=z;"},
      {"{{ range $i, $e := args 1 2 3 }}{{ if eq $e 2 }}{{ continue }}{{ end }}{{ $e }}{{ end }}",
       "13"},
      {"{{ $labels.absent }}|{{ index $labels \"absent\" }}|", "||"},
      {"{{ and true 0 }} {{ or \"\" \"x\" }} {{ not 1 }} {{ len $labels }}", "0 x false 3"},
  });
}

TEST_F(AlertTextTest, HumanFigures) {
  ExpectAll({
      {"{{ humanize 0.0 }} {{ humanize 1234567 }} {{ humanize 0.00012 }} {{ humanize \"-5e9\" }}",
       "0 1.235M 120u -5G"},
      {"{{ humanize1024 1048576.0 }} {{ humanize1024 0.5 }}", "1Mi 0.5"},
      {"{{ humanizePercentage 0.12345 }} {{ humanizePercentage 1.0 }}", "12.35% 100%"},
      {"{{ humanizeDuration 0 }} {{ humanizeDuration 90.5 }} {{ humanizeDuration 1.2345 }} "
       "{{ humanizeDuration 0.001 }}",
       "0s 1m 30s 1.234s 1ms"},
      {"{{ humanizeDuration -90061 }}", "-1d 1h 1m 1s"},
      {"{{ humanizeTimestamp 1435065584.128 }}", "2015-06-23 13:19:44.128 +0000 UTC"},
      {"{{ now }} {{ 3661.5 | toDuration }} {{ parseDuration \"1h30m\" }}",
       "1.7e+09 1h1m1.5s 5400"},
      {"{{ printf \"%5d|%-4s|%05.1f|%x|%q|%v|%t\" 42 \"ab\" 3.14159 255 \"q\" 1.5 true }}",
       "   42|ab  |003.1|ff|\"q\"|1.5|true"},
      {"{{ printf \"%d %s %s\" 1.5 2 }}", "%!d(float64=1.5) %!s(int=2) %!s(MISSING)"},
      {"{{ printf \"%s\" \"a\" \"b\" }}", "a%!(EXTRA string=b)"},
      {"{{ print 1 2 \"x\" 3 4 }}", "1 2x3 4"},
      {"{{ title \"front end\" }} {{ match \"a.c\" \"xabcx\" }}", "Front End true"},
      {"{{ graphLink \"up == 0\" }}", "/graph?g0.expr=up+%3D%3D+0&g0.tab=0"},
  });
}

TEST_F(AlertTextTest, TimesAreWrittenAsTheirLayoutSays) {
  ExpectAll({
      {"{{ (1435065584.128 | toTime).Format \"2006-01-02T15:04:05.000Z07:00\" }}",
       "2015-06-23T13:19:44.128Z"},
      {"{{ with toTime 1435065584.5 }}{{ .Format \"Mon Jan _2 3:04PM 06 MST -0700\" }}{{ end }}",
       "Tue Jun 23 1:19PM 15 UTC +0000"},
      {"{{ $t := toTime 172800 }}{{ $t.Format \"Monday, 2 January; day 002 (__2); 1/2 03:4:5 pm\" "
       "}}",
       "Saturday, 3 January; day 003 (  3); 1/3 12:0:0 am"},
      {"{{ (toTime 0.25).Format \"05.999 05,00 05.9999x .0001 Janus Z07 -07:00:00\" }}",
       "00.25 00,25 00.25x .0001 Janus Z +00:00:00"},
      {"{{ (toTime 3.5).Unix }} {{ (toTime 3.5).UnixMilli }} {{ (toTime 3.5).UTC }}",
       "3 3500 1970-01-01 00:00:03.5 +0000 UTC"},
      {"{{ \"2006\" | (toTime 0).Format }}", "1970"},
      {"{{ (toDuration 5400).Hours }} {{ (toDuration 90).Minutes }} {{ (toDuration 1.5).Seconds }}",
       "1.5 1.5 1.5"},
  });
  EXPECT_THAT(Expand("{{ (toTime 0).Format }}"),
              ::testing::HasSubstr("wrong number of args for Format: want 1 got 0"));
  EXPECT_THAT(Expand("{{ (toTime 0).Format $value }}"),
              ::testing::HasSubstr("wrong type for value; expected string; got float64"));
  EXPECT_THAT(Expand("{{ (toTime 0).Local }}"),
              ::testing::HasSubstr("can't evaluate field Local in type *time.Time"));
}

TEST_F(AlertTextTest, ArgumentsMayBeNamedByNumber) {
  ExpectAll({
      {"{{ printf \"%[2]s %[1]s\" \"a\" \"b\" }}", "b a"},
      {"{{ printf \"%[1]d %[1]x %d\" 10 11 }}", "10 a 11"},
      {"{{ printf \"%[3]*.[2]*[1]f|\" 12.0 2 6 }}", " 12.00|"},
      {"{{ printf \"%[3]s\" \"a\" }} {{ printf \"%[x]s\" \"a\" }}", "%!s(BADINDEX) %!s(BADINDEX)"},
      {"{{ printf \"%[1]2d\" 5 }}", "%!d(BADINDEX)"},
  });
}

TEST_F(AlertTextTest, WhatFailsIsSaidInPrometheusWords) {
  const std::string before =
      "<error expanding template: error executing template __alert_A: template: __alert_A:1:";
  ExpectAll({
      {"{{ query \"none\" | first }}",
       before + "130: executing \"__alert_A\" at <first>: error calling first: first() called on "
                "vector with no elements>"},
      {"{{ gt $value 1 }}",
       before + "115: executing \"__alert_A\" at <gt $value 1>: error calling gt: incompatible "
                "types for comparison>"},
      {"{{ .Foo }}",
       before + "115: executing \"__alert_A\" at <.Foo>: can't evaluate field Foo in type struct { "
                "Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; "
                "Value interface {} }>"},
      {"{{ humanize }}",
       before + "115: executing \"__alert_A\" at <humanize>: wrong number of args for humanize: "
                "want 1 got 0>"},
  });
}

TEST_F(AlertTextTest, WhatCannotBeReadHasItsPlace) {
  ExpectAll({
      {"a {{ $label.x }}", "5: undefined variable \"$label\"; did you mean \"$labels\"?"},
      {"{{ humanise 1 }}", "3: function \"humanise\" not defined; did you mean \"humanize\"?"},
      {"{{ if true }}x", "14: unexpected EOF"},
      {"x {{ $value", "2: unclosed action"},
      {"{{ end }}", "3: unexpected \"end\" in the text: nothing is open here"},
      {"{{ \"a }}", "3: unterminated quoted string"},
      {"{{ }}", "3: missing value for command"},
      {"{{ 1 | 2 }}", "7: non executable command in pipeline stage 2"},
      {"{{ break }}", "3: {{break}} outside {{range}}"},
  });
}

TEST_F(AlertTextTest, NoTextRunsForEverOrGrowsForEver) {
  EXPECT_THAT(Expand("{{ range 1000000000 }}x{{ end }}"),
              ::testing::HasSubstr("takes too many steps"));
  EXPECT_THAT(Expand("{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}"),
              ::testing::HasSubstr("takes too many steps"));
  EXPECT_THAT(Expand("{{ range 3000 }}{{ printf \"%1000d\" 1 }}{{ end }}"),
              ::testing::HasSubstr("the text becomes too long"));
  EXPECT_THAT(Expand("{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}"),
              ::testing::HasSubstr("exceeded maximum template depth"));
}

}  // namespace
}  // namespace hinomi::templates
