#include "api/console/ack_page.h"

#include "api/console/impl/ack_chart.h"
#include "api/console/impl/ack_style.h"
#include "base/digest.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

using impl::ClockOf;
using impl::MinuteOf;
using text::Format;
using text::Language;

// Bounds in bytes that keep the page below 40 kB even when every character
// needs escaping.
constexpr size_t kMaxTold = 20;
constexpr size_t kMaxText = 200;
constexpr size_t kMaxName = 90;

/// Escaped, and cut at a character so that a page stays small.
std::string Safe(std::string_view text, size_t limit = kMaxText) {
  return HtmlEscape(impl::CutText(text, limit));
}

enum class Shape { kOctagon, kTriangle, kOpenTriangle, kInfo, kOk, kDelivered, kTodo, kFailed };

/// The console's outlines; each state has its own.
std::string_view Outline(Shape shape) {
  switch (shape) {
    case Shape::kOctagon:
      return "<path class=\"f\" d=\"M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5z\"/><path class=\"cut\" "
             "d=\"M8 4.5v4M8 11.2v.1\"/>";
    case Shape::kTriangle:
      return "<path class=\"f\" d=\"M8 1.8 15 14H1z\"/><path class=\"cut\" d=\"M8 6v4M8 12v.1\"/>";
    case Shape::kOpenTriangle:
      return "<path d=\"M8 2.2 14.6 13.8H1.4zM8 6.4v3.4M8 11.7v.1\"/>";
    case Shape::kInfo:
      return "<circle cx=\"8\" cy=\"8\" r=\"6.3\"/><path d=\"M8 7.3v4M8 4.7v.1\"/>";
    case Shape::kOk:
      return "<circle cx=\"8\" cy=\"8\" r=\"6.3\"/><path d=\"m5.2 8.2 2 2 3.7-4.2\"/>";
    case Shape::kDelivered:
      return "<path d=\"m1.5 8.6 2.8 2.8L10 5M7.6 10.7l.7.7L14.5 5\"/>";
    case Shape::kTodo:
      return "<circle cx=\"8\" cy=\"8\" r=\"5.8\"/>";
    case Shape::kFailed:
      return "<path d=\"m4 4 8 8M12 4l-8 8\"/>";
  }
  return "";
}

std::string State(std::string_view classes, Shape shape, std::string_view escaped_word) {
  std::string out = "<span class=\"st ";
  out += classes;
  out += "\"><svg class=\"ic\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">";
  out += Outline(shape);
  out += "</svg><span>";
  out += escaped_word;
  return out + "</span></span>";
}

std::string SeverityState(ops_model::Severity severity, Language language) {
  switch (severity) {
    case ops_model::Severity::kCritical:
      return State("crit fill", Shape::kOctagon, Format(language, "severity.critical"));
    case ops_model::Severity::kError:
      return State("crit fill", Shape::kTriangle, Format(language, "severity.error"));
    case ops_model::Severity::kWarning:
      return State("warn", Shape::kOpenTriangle, Format(language, "severity.warning"));
    case ops_model::Severity::kInfo:
      break;
  }
  return State("mute", Shape::kInfo, Format(language, "severity.info"));
}

std::string ToldState(AckToldState state, Language language) {
  switch (state) {
    case AckToldState::kPlanned:
      return State("mute", Shape::kTodo, Format(language, "ack.planned"));
    case AckToldState::kQueued:
      return State("mute", Shape::kTodo, Format(language, "delivery.queued"));
    case AckToldState::kDelivered:
      return State("ok", Shape::kDelivered, Format(language, "delivery.delivered"));
    case AckToldState::kFiled:
      return State("warn", Shape::kFailed, Format(language, "delivery.filed"));
    case AckToldState::kRetrying:
      return State("warn", Shape::kFailed, Format(language, "delivery.retrying"));
    case AckToldState::kFailed:
      break;
  }
  return State("crit", Shape::kFailed, Format(language, "delivery.failed"));
}

std::string Lasted(Duration duration, Language language) {
  const int64_t s = duration.seconds() < 0 ? 0 : duration.seconds();
  const auto number = [](int64_t n) { return std::to_string(n); };
  if (s >= 86400) {
    return Format(language, "time.days_hours",
                  {{"d", number(s / 86400)}, {"h", number(s / 3600 % 24)}});
  }
  if (s >= 3600) {
    return Format(language, "time.hours_minutes",
                  {{"h", number(s / 3600)}, {"m", number(s / 60 % 60)}});
  }
  return Format(language, "time.minutes_seconds", {{"m", number(s / 60)}, {"s", number(s % 60)}});
}

std::string Header(const AckPageData& data) {
  const bool ja = data.language == Language::kJapanese;
  std::string out =
      "<header><svg class=\"mk\" viewBox=\"0 0 20 24\" fill=\"none\" stroke=\"currentColor\" "
      "stroke-width=\"1.3\" stroke-linecap=\"round\" stroke-linejoin=\"round\" "
      "aria-hidden=\"true\"><path d=\"M2.5 7 10 1.5 17.5 7zM5.5 7v5M14.5 7v5M3.5 12h13M6 12 4 "
      "23M14 12l2 11M5 17.4h10\"/><path class=\"fire\" fill=\"currentColor\" stroke=\"none\" "
      "d=\"M10 7.6c-1.3 0-1.9.9-1.9 2v1.6h3.8V9.6c0-1.1-.6-2-1.9-2z\"/></svg><b>Hinomi</b>";
  out += "<a href=\"?lang=";
  out += ja ? "en\" lang=\"en" : "ja\" lang=\"ja";
  return out + "\">" + Format(data.language, "ack.language") + "</a></header>\n";
}

std::string Heading(const AckPageData& data) {
  const std::string time = ClockOf(data.opened_at, data.utc_offset) + " " + data.zone;
  std::string out = "<p>" + SeverityState(data.severity, data.language);
  out += " <span class=\"dim sm\">" + Safe(data.incident) + " · ";
  out +=
      Safe(Format(data.language, "ack.since",
                  {{"time", time}, {"lasted", Lasted(data.now - data.opened_at, data.language)}}));
  out += "</span></p>\n<h1>" + Safe(data.title) + "</h1>\n";
  if (!data.sentence.empty()) out += "<p class=\"dim\">" + Safe(data.sentence) + "</p>\n";
  return out;
}

std::string NextText(const AckPageData& data) {
  if (!data.next_level_at || data.next_level.empty()) return "";
  return Safe(Format(data.language, "ack.next_level",
                     {{"time", MinuteOf(*data.next_level_at, data.utc_offset)},
                      {"person", data.next_person},
                      {"level", data.next_level}}));
}

std::string Form(const AckPageData& data) {
  const Language language = data.language;
  std::string out = "<p class=\"dim next\">";
  if (data.paged_again_at) {
    out += Safe(Format(language, "ack.paged_again",
                       {{"time", ClockOf(*data.paged_again_at, data.utc_offset)}}));
    out += " ";
  }
  out += NextText(data) + "</p>\n<form method=\"post\" action=\"" + Safe(data.action) +
         "\">\n<input type=\"hidden\" name=\"lang\" value=\"";
  out += text::LanguageTag(language);
  out += "\">\n<button class=\"go\" name=\"do\" value=\"ack\">" + Format(language, "ack.go") +
         "</button>\n";
  if (!data.next_level.empty() || data.can_decline) {
    out += "<div class=\"two\">";
    if (!data.next_level.empty()) {
      out += "<button name=\"do\" value=\"escalate\">" +
             Safe(Format(language, "ack.call_level", {{"level", data.next_level}})) + "</button>";
    }
    if (data.can_decline) {
      out +=
          "<button name=\"do\" value=\"decline\">" + Format(language, "ack.decline") + "</button>";
    }
    out += "</div>\n";
  }
  return out + "<p class=\"sm dim\">" +
         Safe(Format(language, "ack.for_person", {{"name", data.person}})) + "</p>\n</form>\n";
}

std::string Done(const AckPageData& data) {
  const std::string time = ClockOf(data.state_since, data.utc_offset);
  std::string out = "<div class=\"done\" role=\"status\"><p>";
  if (data.state == AckState::kResolved) {
    return out +
           State("ok", Shape::kOk, Safe(Format(data.language, "ack.resolved", {{"time", time}}))) +
           "</p></div>\n";
  }
  const std::string word =
      data.by_reader
          ? Format(data.language, "ack.done", {{"time", time}})
          : Format(data.language, "ack.by_other", {{"name", data.acknowledged_by}, {"time", time}});
  out += State("ok", Shape::kOk, Safe(word)) + "</p><p class=\"dim\">";
  if (data.by_reader) out += Format(data.language, "ack.done_effect") + " ";
  return out + NextText(data) + "</p></div>\n";
}

std::string Told(const AckPageData& data) {
  if (data.told.empty()) return "";
  std::string out = "<h2>" + Format(data.language, "ack.told") + "</h2>\n<ol>\n";
  for (size_t i = 0; i < data.told.size() && i < kMaxTold; ++i) {
    const AckTold& told = data.told[i];
    out += "<li><span class=\"num dim\">" + MinuteOf(told.at, data.utc_offset) + "</span><span>" +
           Safe(told.who, kMaxName) + "<br>" + ToldState(told.state, data.language) +
           "</span></li>\n";
  }
  return out + "</ol>\n";
}

}  // namespace

AckPage RenderAckPage(const AckPageData& data) {
  const std::string style(impl::kAckStyle);
  std::string html = "<!doctype html>\n<html lang=\"";
  html += text::LanguageTag(data.language);
  // The address is the secret: no other site may see it. Not no-referrer: under
  // that a browser sends the form with "Origin: null", as a foreign page would.
  html +=
      "\">\n<head>\n<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><meta name=\"referrer\" "
      "content=\"same-origin\">\n<title>" +
      Safe(data.incident) + " · Hinomi</title>\n<style>" + style +
      "</style>\n</head>\n<body>\n<div class=\"w\">\n";
  html += Header(data) + "<main>\n" + Heading(data);
  if (!data.failure.empty()) {
    html += "<p role=\"alert\">" +
            State("crit", Shape::kFailed,
                  Safe(Format(data.language, "ack.failed", {{"reason", data.failure}}))) +
            "</p>\n";
  }
  html += data.state == AckState::kOpen ? Form(data) : Done(data);
  if (data.chart) html += impl::RenderChart(*data.chart, data.language, data.utc_offset);
  html += Told(data);
  html += "<p><a href=\"/#/incidents/" + Safe(data.incident) + "\">" +
          Format(data.language, "ack.see_all") + "</a></p>\n</main>\n</div>\n</body>\n</html>\n";

  const Sha256Digest digest = Sha256(style);
  const std::string hash =
      Base64Encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
  return {std::move(html), "default-src 'none'; style-src 'sha256-" + hash +
                               "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"};
}

}  // namespace hinomi::api
