#include "drivers/balancer/haproxy_csv.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace hinomi::drivers {
namespace {

constexpr size_t kMaxColumns = 2'000;  // 129 in HAProxy 2.6.

/// Takes one CSV record off the front of `text`, which must not be empty. False
/// when it has no end.
bool TakeRecord(std::string_view& text, std::vector<std::string>& fields) {
  fields.assign(1, {});
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        fields.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        fields.back() += '"';
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c == '\n') {
      if (fields.back().ends_with('\r')) fields.back().pop_back();
      text.remove_prefix(i + 1);
      return true;
    } else {
      fields.back() += c;
    }
  }
  return false;
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  for (const std::string_view word : Split(line, ' '))
    if (!Trim(word).empty()) words.emplace_back(Trim(word));
  return words;
}

Error CutOff() {
  return Corrupt("the answer has no empty line at its end: it was cut off");
}

/// The number in a cell; 0 for an empty one, as HAProxy leaves out what does
/// not apply.
template <typename T>
Status ReadNumber(const HaproxyTable& table, size_t row, std::string_view column, T& number) {
  const std::string_view text = table.Get(row, column);
  if (text.empty()) return {};
  if constexpr (std::is_signed_v<T>) {
    if (const auto value = ParseInt(text)) {
      number = *value;
      return {};
    }
  } else {
    if (const auto value = ParseUint(text)) {
      number = *value;
      return {};
    }
  }
  return Corrupt("column " + std::string(column) + " holds \"" + std::string(text.substr(0, 40)) +
                 "\", which is no number");
}

Status ReadAnswers(const HaproxyTable& table, size_t row, HttpAnswers& answers) {
  constexpr std::string_view kColumns[] = {"hrsp_1xx", "hrsp_2xx", "hrsp_3xx",
                                           "hrsp_4xx", "hrsp_5xx", "hrsp_other"};
  for (size_t i = 0; i < std::size(kColumns); ++i)
    HN_TRY_VOID(ReadNumber(table, row, kColumns[i], answers.by_class[i]));
  return {};
}

Result<ServerStat> ReadServer(const HaproxyTable& table, size_t row) {
  ServerStat server;
  server.name = table.Get(row, "svname");
  server.id = table.Get(row, "sid");
  server.address = table.Get(row, "addr");
  server.status = table.Get(row, "status");
  server.active = table.Get(row, "act") == "1";
  server.check_status = table.Get(row, "check_status");
  // While a check runs the last result has a mark in front.
  if (server.check_status.starts_with("* ")) server.check_status.erase(0, 2);
  server.check_code = table.Get(row, "check_code");
  // HAProxy forgets the last one's when the next check begins.
  if (server.check_code == "0") server.check_code.clear();
  HN_TRY_VOID(ReadNumber(table, row, "weight", server.effective_weight));
  server.weight = server.effective_weight;  // Old versions have no uweight.
  HN_TRY_VOID(ReadNumber(table, row, "uweight", server.weight));
  HN_TRY_VOID(ReadNumber(table, row, "scur", server.sessions));
  HN_TRY_VOID(ReadNumber(table, row, "qcur", server.queued));
  HN_TRY_VOID(ReadNumber(table, row, "check_health", server.check_health));
  HN_TRY_VOID(ReadNumber(table, row, "check_rise", server.check_rise));
  HN_TRY_VOID(ReadNumber(table, row, "check_fall", server.check_fall));
  HN_TRY_VOID(ReadNumber(table, row, "stot", server.sessions_total));
  HN_TRY_VOID(ReadAnswers(table, row, server.answers));
  return server;
}

Status ReadBackendRow(const HaproxyTable& table, size_t row, BackendStat& backend) {
  backend.status = table.Get(row, "status");
  HN_TRY_VOID(ReadNumber(table, row, "act", backend.active_servers));
  HN_TRY_VOID(ReadNumber(table, row, "bck", backend.backup_servers));
  HN_TRY_VOID(ReadNumber(table, row, "scur", backend.sessions));
  HN_TRY_VOID(ReadNumber(table, row, "qcur", backend.queued));
  HN_TRY_VOID(ReadNumber(table, row, "stot", backend.sessions_total));
  HN_TRY_VOID(ReadNumber(table, row, "req_tot", backend.requests_total));
  HN_TRY_VOID(ReadNumber(table, row, "rtime", backend.response_time_ms));
  if (table.Get(row, "mode") == "tcp") backend.requests_total = backend.sessions_total;
  return ReadAnswers(table, row, backend.answers);
}

}  // namespace

Status HaproxyTable::SetHeader(std::vector<std::string> names) {
  if (names.size() > kMaxColumns)
    return Corrupt("the table has more than " + std::to_string(kMaxColumns) + " columns");
  width_ = names.size();
  for (size_t i = 0; i < names.size(); ++i) {
    // Lines of `show stat` end in a comma: their last column has no name.
    if (names[i].empty()) continue;
    if (!columns_.emplace(names[i], i).second)
      return Corrupt("column twice: " + names[i].substr(0, 40));
  }
  return {};
}

Status HaproxyTable::AddRow(std::vector<std::string> fields) {
  if (fields.size() != width_)
    return Corrupt("row " + std::to_string(rows_.size() + 1) + " has " +
                   std::to_string(fields.size()) + " fields where the header has " +
                   std::to_string(width_));
  rows_.push_back(std::move(fields));
  return {};
}

Result<HaproxyTable> HaproxyTable::ParseCsv(std::string_view answer) {
  if (!answer.starts_with("# "))
    return Corrupt("the answer does not begin with the header \"# …\" of a table");
  answer.remove_prefix(2);
  HaproxyTable table;
  std::vector<std::string> fields;
  if (!TakeRecord(answer, fields)) return CutOff();
  HN_TRY_VOID(table.SetHeader(std::move(fields)));
  while (!answer.empty()) {
    if (answer == "\n" || answer == "\r\n") return table;
    if (!TakeRecord(answer, fields)) break;
    HN_TRY_VOID(table.AddRow(std::move(fields)));
  }
  return CutOff();
}

Result<HaproxyTable> HaproxyTable::ParseWords(std::string_view answer) {
  if (const std::string_view version = Trim(TakeLine(answer)); version != "1")
    return Corrupt("the table's form is \"" + std::string(version.substr(0, 40)) +
                   "\"; form 1 is known");
  if (!answer.starts_with("# "))
    return Corrupt("the answer has no header \"# …\" in its second line");
  answer.remove_prefix(2);
  HaproxyTable table;
  HN_TRY_VOID(table.SetHeader(Words(TakeLine(answer))));
  while (!answer.empty()) {
    const std::string_view line = TakeLine(answer);
    if (Trim(line).empty()) return table;
    if (!line.starts_with('#')) HN_TRY_VOID(table.AddRow(Words(line)));
  }
  return CutOff();
}

bool HaproxyTable::HasColumn(std::string_view column) const {
  return columns_.find(column) != columns_.end();
}

std::string_view HaproxyTable::Get(size_t row, std::string_view column) const {
  const auto found = columns_.find(column);
  if (found == columns_.end() || row >= rows_.size()) return {};
  return rows_[row][found->second];
}

Result<BackendStat> ReadBackendStat(const HaproxyTable& table, std::string_view backend) {
  for (const std::string_view column :
       {"pxname", "svname", "type", "status", "scur", "stot", "hrsp_5xx", "req_tot"})
    if (!table.HasColumn(column))
      return Corrupt("show stat has no column " + std::string(column) +
                     ", which every HAProxy since 1.7 prints");
  BackendStat stat;
  stat.name = backend;
  bool found = false;
  for (size_t row = 0; row < table.size(); ++row) {
    if (table.Get(row, "pxname") != backend) continue;
    const std::string_view type = table.Get(row, "type");
    if (type == "1") {
      found = true;
      HN_TRY_VOID(ReadBackendRow(table, row, stat));
    } else if (type == "2") {
      HN_TRY(ServerStat server, ReadServer(table, row));
      stat.servers.push_back(std::move(server));
    }
  }
  if (found) return stat;
  return NotFound("HAProxy has no backend \"" + std::string(backend) +
                  "\"; compare the name with haproxy.cfg");
}

}  // namespace hinomi::drivers
