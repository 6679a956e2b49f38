#include "notify/render.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/zone.h"
#include "notify/impl/texts.h"

namespace hinomi::notify {

using impl::Text;

namespace {

using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Text of others (titles, names) comes into one line: no breaks, which would
/// let it forge further lines of the message or headers of a mail.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return line;
}

class Writer {
 public:
  explicit Writer(const RenderOptions& options) : options_(options) {}

  /// Fills {names} in; a value's own braces stay as they are.
  std::string Fill(Text text, Values values = {}) const {
    const std::string_view form = impl::Lookup(text, options_.language);
    std::string filled;
    for (size_t i = 0; i < form.size();) {
      const size_t end = form[i] == '{' ? form.find('}', i) : std::string_view::npos;
      if (end == std::string_view::npos) {
        filled += form[i++];
        continue;
      }
      const std::string_view name = form.substr(i + 1, end - i - 1);
      for (const auto& [key, value] : values)
        if (key == name) filled += OneLine(value);
      i = end + 1;
    }
    return filled;
  }

  void Line(Text text, Values values = {}) { body_ += Fill(text, values) + "\n"; }
  void Field(Text name, std::string_view value) {
    if (!value.empty()) body_ += Fill(name) + ": " + OneLine(value) + "\n";
  }
  void Blank() { body_ += "\n"; }
  std::string At(Instant t) const { return CivilText(options_.time_zone, t); }
  std::string Take() { return std::move(body_); }

 private:
  const RenderOptions& options_;
  std::string body_;
};

Text SeverityText(ops_model::Severity severity) {
  switch (severity) {
    case ops_model::Severity::kCritical:
      return Text::kCritical;
    case ops_model::Severity::kError:
      return Text::kError;
    case ops_model::Severity::kWarning:
      return Text::kWarning;
    case ops_model::Severity::kInfo:
      return Text::kInfo;
  }
  return Text::kError;
}

void WriteWhy(Writer& writer, std::string_view why) {
  constexpr std::pair<std::string_view, Text> kWhy[] = {
      {"not_resolved_in_time", Text::kNotResolvedInTime},
      {"not_acknowledged_in_time", Text::kNotAcknowledgedInTime},
      {"critical", Text::kBecauseCritical},
      {"asked", Text::kBecauseAsked},
      {"nobody_reachable", Text::kBecauseNobodyReachable},
      {"failover", Text::kBecauseFailover},
      {"repeated", Text::kBecauseRepeated},
      {"severity_raised", Text::kBecauseSeverityRaised},
      {"acknowledgement_timeout", Text::kBecauseAcknowledgementTimeout},
      {"snooze_over", Text::kBecauseSnoozeOver},
      {"exhausted", Text::kBecauseExhausted},
      {"no_one_on_call", Text::kBecauseNoOneOnCall},
  };
  for (const auto& [code, text] : kWhy)
    if (code == why) writer.Line(text);
}

void WriteTopic(Writer& writer, const Topic& topic, const std::string& level) {
  const ops_model::IncidentOpened& opened = topic.opened;
  writer.Field(Text::kIncident, opened.incident + " " + opened.title);
  writer.Field(Text::kSeverity, writer.Fill(SeverityText(opened.severity)));
  writer.Field(Text::kService, opened.service);
  writer.Field(Text::kAlarm, opened.alarm);
  if (opened.is_test())
    writer.Line(Text::kTestFired, {{"by", topic.reason}});
  else
    writer.Field(Text::kReason, topic.reason);
  writer.Field(Text::kOpenedAt, writer.At(topic.opened_at));
  writer.Field(Text::kLevel, level);
}

void WriteResolution(Writer& writer, const Topic& topic) {
  if (topic.resolved.reason_code == "source_recovered")
    writer.Line(Text::kResolvedByItself, {{"at", writer.At(topic.resolved_at)}});
  else if (!topic.merged_into.empty())
    writer.Line(Text::kResolvedByMerging,
                {{"by", topic.resolved.by}, {"incident", topic.merged_into}});
  else
    writer.Line(Text::kResolvedBy,
                {{"by", topic.resolved.by}, {"at", writer.At(topic.resolved_at)}});
  const Duration lasted =
      Duration::Seconds(topic.resolved_at.seconds() - topic.opened_at.seconds());
  writer.Line(Text::kLasted, {{"duration", FormatDuration(lasted)}});
  // What a person wrote may be sealed in the event; then only a sender, which
  // has the payload's "note", can show it.
  if (!topic.resolved.text.empty() && !topic.resolved.text.starts_with("sealed:"))
    writer.Line(Text::kNote, {{"text", topic.resolved.text}});
}

std::string Subject(const Writer& writer, const Topic& topic, const std::string& kind,
                    const std::string& level) {
  const ops_model::IncidentOpened& opened = topic.opened;
  if (kind == "acknowledged")
    return writer.Fill(
        Text::kSubjectAcknowledged,
        {{"title", opened.title}, {"incident", opened.incident}, {"by", topic.acknowledged.by}});
  if (kind == "resolved")
    return writer.Fill(Text::kSubjectResolved,
                       {{"title", opened.title}, {"incident", opened.incident}});
  return writer.Fill(Text::kSubjectPage, {{"severity", writer.Fill(SeverityText(opened.severity))},
                                          {"title", opened.title},
                                          {"incident", opened.incident},
                                          {"level", level.empty() ? "" : " (" + level + ")"}});
}

}  // namespace

Message Render(const Topic& topic, const std::string& kind, const std::string& level,
               const std::string& why, const RenderOptions& options) {
  Writer writer(options);
  if (kind == "test") {
    writer.Line(Text::kTestBody);
    return {writer.Fill(Text::kSubjectTest), writer.Take()};
  }
  WriteTopic(writer, topic, level);
  writer.Blank();
  const bool page = kind != "acknowledged" && kind != "resolved";
  if (page) {
    WriteWhy(writer, why);
    if (!topic.opened.recurrence_of.empty())
      writer.Line(Text::kRecurrence, {{"incident", topic.opened.recurrence_of}});
  }
  if (!topic.acknowledged.by.empty() && kind != "resolved")
    writer.Line(page ? Text::kAcknowledgedStillOpen : Text::kAcknowledgedBy,
                {{"by", topic.acknowledged.by}, {"at", writer.At(topic.acknowledged_at)}});
  if (kind == "resolved") WriteResolution(writer, topic);
  if (page) writer.Field(Text::kAcknowledgeHere, kAcknowledgeLink);
  if (!options.external_url.empty())
    writer.Field(Text::kShow, options.external_url + "/incidents/" + topic.opened.incident);
  return {Subject(writer, topic, kind, level), writer.Take()};
}

}  // namespace hinomi::notify
