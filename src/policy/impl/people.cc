#include <set>

#include "base/json.h"
#include "base/zone.h"
#include "policy/impl/workbook.h"

namespace hinomi::policy::impl {
namespace {

using yaml::PathIndex;
using yaml::PathKey;

const ChannelDocument* FindChannel(const OpsFolder& folder, std::string_view name) {
  for (const ChannelDocument& channel : folder.channels) {
    if (channel.name == name) return &channel;
  }
  return nullptr;
}

void CheckMethod(Workbook& book, const std::string& path, const ContactMethod& method) {
  if (method.channel.empty() || !method.list.empty()) return;
  const ChannelDocument* channel = FindChannel(book.folder, method.channel);
  const std::string at = PathKey(path, "channel");
  if (channel == nullptr) {
    std::vector<std::string> names;
    for (const ChannelDocument& one : book.folder.channels) names.push_back(one.name);
    book.Mistake("contacts.yml", at,
                 "unknown channel \"" + method.channel + "\"" + Suggest(method.channel, names));
  } else if (channel->type == "smtp" && method.address.find('@') == std::string::npos) {
    book.Mistake("contacts.yml", method.address.empty() ? path : PathKey(path, "address"),
                 "the channel " + method.channel +
                     " sends mail: expected \"address\" with a mail address such as "
                     "name@example.com");
  }
}

std::set<std::string> CalledContacts(const OpsFolder& folder) {
  std::set<std::string> called;
  for (const RouteDocument& route : folder.routes) {
    called.insert(route.notify.begin(), route.notify.end());
  }
  for (const EscalationDocument& escalation : folder.escalations) {
    called.insert(escalation.on_exhausted.begin(), escalation.on_exhausted.end());
    for (const EscalationStepDocument& step : escalation.steps) {
      called.insert(step.contacts.begin(), step.contacts.end());
    }
  }
  return called;
}

bool IsLoopback(std::string_view listen) {
  return listen.starts_with("127.") || listen.starts_with("[::1]:") ||
         listen.starts_with("localhost:");
}

}  // namespace

void CheckPeople(Workbook& book) {
  const OpsFolder& folder = book.folder;
  std::vector<std::string> list_names;
  for (const ContactListDocument& list : folder.lists) list_names.push_back(list.name);
  const std::set<std::string> called = CalledContacts(folder);
  const bool callers_known = book.IsKnown("routes.yml") && book.IsKnown("escalation.yml");
  for (const ContactDocument& contact : folder.contacts) {
    const std::string path = PathKey("contacts", contact.name);
    for (size_t i = 0; i < contact.methods.size(); ++i) {
      const ContactMethod& method = contact.methods[i];
      const std::string at = PathIndex(PathKey(path, "methods"), i);
      CheckMethod(book, at, method);
      if (method.list.empty()) continue;
      bool known = false;
      for (const std::string& name : list_names) known = known || name == method.list;
      if (!known) {
        book.Mistake("contacts.yml", PathKey(at, "list"),
                     "unknown list \"" + method.list + "\"" +
                         (list_names.empty() ? ": there are none under \"lists\""
                                             : Suggest(method.list, list_names)));
      }
    }
    if (callers_known && !called.contains(contact.name)) {
      book.Warning("contacts.yml", path,
                   "nobody ever calls " + contact.name +
                       ": it stands in no route and no escalation; add it there or remove it");
    }
  }
  for (const ContactListDocument& list : folder.lists) {
    for (size_t i = 0; i < list.entries.size(); ++i) {
      CheckMethod(book, PathIndex(PathKey(PathKey("lists", list.name), "entries"), i),
                  list.entries[i]);
    }
  }
}

void CheckServer(Workbook& book) {
  const ServerDocument& server = book.folder.server;
  if (!book.IsKnown("hinomi.yml")) return;
  if (server.watched_by.empty()) {
    book.Warning("hinomi.yml", "watched_by",
                 "nobody watches Hinomi: if it dies, nobody is told; set watched_by to a heartbeat "
                 "URL or the name of a peer");
  } else if (const auto wrong = CheckReference(server.watched_by)) {
    book.Mistake("hinomi.yml", "watched_by", *wrong);
  } else if (server.watched_by.find("://") != std::string::npos) {
    static const std::vector<std::string> kSchemes = {"https", "http"};
    if (const auto bad = CheckUrl(server.watched_by, kSchemes)) {
      book.Mistake("hinomi.yml", "watched_by", *bad);
    }
  }
  if (const auto wrong = CheckReference(server.database)) {
    book.Mistake("hinomi.yml", "database", *wrong);
  } else if (server.database.find("password") != std::string::npos) {
    book.Warning("hinomi.yml", "database",
                 "a password stands in the file; write the whole value as ${env:NAME} or "
                 "${file:/path}, or use a .pgpass file");
  }
  for (size_t i = 0; i < server.listen.size(); ++i) {
    if (server.listen[i].empty() || IsLoopback(server.listen[i]) || server.insecure ||
        !server.tls_certificate.empty()) {
      continue;
    }
    book.Mistake("hinomi.yml", PathIndex("listen", i),
                 server.listen[i] +
                     " is reachable from other machines, so TLS is needed: set tls_certificate "
                     "and tls_key (or insecure: true behind a proxy that does it)");
  }
}

void CheckTimeZones(Workbook& book, Files& files, const std::string& zoneinfo) {
  if (zoneinfo.empty() || !files.Exists(zoneinfo + "/UTC")) return;
  const auto check = [&](const std::string& file, const std::string& path,
                         const std::string& zone) {
    if (zone.empty() || FixedOffset(zone)) return;
    const bool clean = zone.find("..") == std::string::npos && !zone.starts_with('/') &&
                       zone.find_first_not_of(
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                           "0123456789_+-/") == std::string::npos;
    if (clean) {
      const Result<std::string> content = files.ReadAll(zoneinfo + "/" + zone);
      if (content.has_value() && content->starts_with("TZif")) return;
    }
    std::vector<std::string> names = {"UTC"};
    const Result<std::string> table = files.ReadAll(zoneinfo + "/tzdata.zi");
    if (table.has_value()) {
      for (const std::string_view line : Split(*table, '\n')) {
        if (line.starts_with("Z ")) names.emplace_back(Split(line, ' ')[1]);
        if (line.starts_with("L ")) names.emplace_back(Split(line, ' ').back());
      }
    }
    const auto nearest = NearestName(zone, names);
    book.Mistake(file, path,
                 "unknown time zone \"" + zone + "\"" +
                     (nearest ? "; did you mean \"" + *nearest + "\"?"
                              : "; expected an IANA name such as Asia/Tokyo or UTC"));
  };
  check("hinomi.yml", "time_zone", book.folder.server.time_zone);
  for (const ContactDocument& contact : book.folder.contacts) {
    check("contacts.yml", PathKey(PathKey(PathKey("contacts", contact.name), "hours"), "zone"),
          contact.hours.time_zone);
  }
  for (size_t i = 0; i < book.folder.alarms.size(); ++i) {
    const std::string path = PathIndex("alarms", i);
    check("alarms.yml", PathKey(path, "wallClockZone"), book.folder.alarms[i].wall_clock_zone);
    check("alarms.yml", PathKey(path, "metricTimezone"), book.folder.alarms[i].metric_zone);
  }
  for (size_t i = 0; i < book.folder.mute_rules.size(); ++i)
    check("alarms.yml", PathKey(PathIndex("muteRules", i), "timeZone"),
          book.folder.mute_rules[i].time_zone);
}

void CheckDnsFailover(Workbook& book, std::string_view text) {
  const std::string file = "dns-failover.json";
  const Result<Json> batch = Json::Parse(text);
  if (!batch.has_value()) {
    book.Mistake(file, "", batch.error().message);
    return;
  }
  const Json::Array& changes = (*batch)["Changes"].as_array();
  if (changes.empty()) {
    book.Mistake(file, "Changes",
                 "expected a Route 53 change batch: {\"Changes\": [{\"Action\": \"UPSERT\", "
                 "\"ResourceRecordSet\": {…}}]} with at least one change");
  }
  for (size_t i = 0; i < changes.size(); ++i) {
    const std::string path = PathIndex("Changes", i);
    const std::string& action = changes[i]["Action"].as_string();
    const std::vector<std::string> actions = {"CREATE", "DELETE", "UPSERT"};
    if (action != "CREATE" && action != "DELETE" && action != "UPSERT") {
      book.Mistake(file, path + ".Action",
                   "expected one of " + Join(actions, ", ") + ", got \"" + action + "\"");
    }
    const Json& record = changes[i]["ResourceRecordSet"];
    for (const char* key : {"Name", "Type"}) {
      if (record[key].as_string().empty()) {
        book.Mistake(file, path + ".ResourceRecordSet." + key,
                     std::string("the key \"") + key + "\" is missing");
      }
    }
    if (record["ResourceRecords"].as_array().empty() && !record["AliasTarget"].is_object()) {
      book.Mistake(file, path + ".ResourceRecordSet",
                   "expected \"ResourceRecords\" with at least one value, or \"AliasTarget\"");
    }
  }
}

}  // namespace hinomi::policy::impl
