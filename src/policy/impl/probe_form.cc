#include "policy/impl/probe_form.h"

#include <algorithm>
#include <array>
#include <optional>

#include "policy/secrets.h"

namespace hinomi::policy::impl {
namespace {

using P = ProbeDocument;

/// Keys that only some types have.
struct TypedKey {
  std::string_view key;
  std::vector<std::string> types;
};
const std::vector<TypedKey>& TypedKeys() {
  static const std::vector<TypedKey> keys = {
      {"body_contains", {"http"}},     {"expected_status", {"http"}},
      {"redirects", {"http"}},         {"ca_file", {"http", "tls", "postgres"}},
      {"verify_tls", {"http", "tls"}}, {"certificate_days", {"http", "tls", "postgres"}},
      {"server_name", {"tls"}},        {"query_name", {"dns"}},
      {"query_type", {"dns"}},         {"expected_answers", {"dns"}},
      {"expected_rcode", {"dns"}},     {"transport", {"dns"}},
      {"user", {"postgres"}},          {"password", {"postgres"}},
      {"database", {"postgres"}},      {"tls", {"postgres"}},
  };
  return keys;
}

bool HasKey(std::string_view type, std::string_view key) {
  for (const TypedKey& typed : TypedKeys())
    if (typed.key == key)
      return std::find(typed.types.begin(), typed.types.end(), type) != typed.types.end();
  return true;
}

/// A default that is filled in only for the types that have the key.
Record<P>::DefaultFunction DefaultOf(std::string key, DefaultText fixed) {
  return [key = std::move(key), fixed = std::move(fixed)](const P& probe) {
    return HasKey(probe.type, key) ? std::optional(fixed) : std::nullopt;
  };
}

void CheckKeys(Reader& reader, const yaml::Node& node, const std::string& path, P& probe) {
  for (const yaml::Member& member : node.members) {
    if (HasKey(probe.type, member.key)) continue;
    for (const TypedKey& typed : TypedKeys())
      if (typed.key == member.key)
        reader.Mistake(member.key_span, yaml::PathKey(path, member.key),
                       "a probe of type " + probe.type + " has no \"" + member.key +
                           "\"; it is for " + Join(typed.types, ", "));
  }
  const auto need = [&](const char* type, const char* key, const std::string& value,
                        const char* why) {
    if (probe.type != type || !value.empty() || node.Find(key) != nullptr) return;
    reader.Mistake(node.span, path,
                   "the key \"" + std::string(key) + "\" is missing: " + std::string(why));
  };
  need("dns", "query_name", probe.query_name, "the name that is asked for");
  need("postgres", "user", probe.user, "who signs in; any role that may connect, no superuser");
}

void CheckTarget(Reader& reader, const yaml::Node&, const std::string& path, P& probe) {
  const std::string at = yaml::PathKey(path, "target");
  static const std::vector<std::string> kSchemes = {"http", "https"};
  const auto wrong =
      probe.type == "http" ? CheckUrl(probe.target, kSchemes) : CheckHostPort(probe.target);
  if (wrong) reader.Mistake(reader.PlaceOf(at), at, *wrong);
}

/// Of NOERROR there may be answers to compare, of the others there are none.
void CheckAnswers(Reader& reader, const yaml::Node&, const std::string& path, P& probe) {
  if (probe.expected_answers.empty() || probe.expected_rcode == "NOERROR") return;
  const std::string at = yaml::PathKey(path, "expected_answers");
  reader.Mistake(reader.PlaceOf(at), at,
                 "an answer of " + probe.expected_rcode + " holds none; remove one of both");
}

void WarnOfPassword(Reader& reader, const yaml::Node&, const std::string& path, P& probe) {
  if (probe.password.empty() || IsReference(probe.password)) return;
  const std::string at = yaml::PathKey(path, "password");
  reader.Warning(reader.PlaceOf(at), at,
                 "a secret stands in the file, where everyone who reads the folder sees it; "
                 "write ${env:NAME} or ${file:/path}, and change the secret");
}

FormPtr<std::string> DomainName() {
  TextRules rules;
  rules.what = "a domain name such as www.example.com";
  rules.check = [](std::string_view name) -> std::optional<std::string> {
    const bool ascii =
        std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7F'; });
    if (!ascii) return "a name outside ASCII is written in its xn-- form, without blanks";
    if (name == ".") return std::nullopt;
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() > 253) return "a domain name has at most 253 characters";
    for (const std::string_view label : Split(name, '.'))
      if (label.empty() || label.size() > 63)
        return "each part of a domain name has 1 to 63 characters";
    return std::nullopt;
  };
  return Text(rules);
}

FormPtr<std::string> Secret() {
  TextRules rules;
  rules.what = "a password as ${env:NAME} or ${file:/path}";
  rules.check = CheckReference;
  return Text(rules);
}

void AddTlsKeys(Record<P>& form) {
  form.Optional("ca_file", &P::ca_file, Text(),
                "http, tls, postgres: PEM file of who is trusted; without it the system's")
      .Optional(
          "verify_tls", &P::verify_tls, Boolean(),
          "http, tls: false takes any certificate; its end is told nevertheless; default true",
          DefaultOf("verify_tls", {"true", "a certificate that proves nothing is a failure"}))
      .Optional("certificate_days", &P::certificate_days, Integer(0, 3650),
                "http, tls, postgres: fails when the certificate ends within fewer days; 0, the "
                "default: only told, as probe_ssl_days_until_expiry",
                DefaultOf("certificate_days", {"0", "an alarm on its metric has a period"}))
      .Optional("server_name", &P::server_name, Name(),
                "tls: whose certificate it must be; without it the host of the target");
}

void AddDnsKeys(Record<P>& form) {
  form.Optional("query_name", &P::query_name, DomainName(), "dns: the name that is asked for")
      .Optional("query_type", &P::query_type,
                OneOf({"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"}),
                "dns: the type, default A; of a SOA the serial becomes probe_dns_serial",
                DefaultOf("query_type", {"A", "what most names are asked for"}))
      .Optional("expected_answers", &P::expected_answers, ListOf(Text()),
                "dns: exactly these answers of the type, in any order, as in a zone file; without "
                "it at least one")
      .Optional("expected_rcode", &P::expected_rcode,
                OneOf({"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"}),
                "dns: how the server answers, default NOERROR",
                DefaultOf("expected_rcode", {"NOERROR", "the name is there"}))
      .Optional("transport", &P::transport, OneOf({"udp", "tcp"}),
                "dns: udp, the default, goes on over tcp if the answer does not fit",
                DefaultOf("transport", {"udp", "as resolvers ask"}));
}

void AddPostgresKeys(Record<P>& form) {
  form.Optional("user", &P::user, Name(),
                "postgres: who signs in; any role that may connect, no superuser")
      .Optional("password", &P::password, Secret(),
                "postgres: as ${env:NAME} or ${file:/path}; for scram-sha-256, md5 and, over TLS, "
                "password")
      .Optional("database", &P::database, Name(), "postgres: without it that of the user's name")
      .Optional("tls", &P::tls, OneOf({"disable", "prefer", "require", "verify"}),
                "postgres: never, if offered (the default), always, or always with a certificate "
                "for the host of the target",
                DefaultOf("tls", {"prefer", "libpq's default"}));
}

}  // namespace

FormPtr<ProbeDocument> ProbeForm() {
  auto form = std::make_shared<Record<P>>("Something that is asked from outside.");
  form->Required("type", &P::type, OneOf({"http", "tcp", "tls", "dns", "postgres"}),
                 "http: a GET, with status, body and redirects; tcp: a connection; tls: a "
                 "handshake and its certificate; dns: a question to a name server; postgres: up to "
                 "a session, by layers")
      .Required("target", &P::target, Text(),
                "a URL (http) or host:port (tcp, tls, postgres; dns: the server that is asked)")
      .Optional("interval", &P::interval, Time({.least = Duration::Seconds(1)}), "how often",
                {"15s", "four looks a period of one minute"})
      .Optional("timeout", &P::timeout, Time({.least = Duration::Millis(100)}),
                "for all layers together; given up after",
                {"5s", "a user would have given up as well"})
      .Optional("body_contains", &P::body_contains, Text(), "http: the answer must contain this")
      .Optional("expected_status", &P::expected_status, Integer(0, 599),
                "http: 0, the default, is any 2xx", DefaultOf("expected_status", {"0", "any 2xx"}))
      .Optional("redirects", &P::redirects, Integer(0, 10),
                "http: how many are followed, never from https to http; default 0",
                DefaultOf("redirects", {"0", "a target that moved is a target to correct"}))
      .Optional("labels", &P::labels, TextMap(), "added to every series");
  AddTlsKeys(*form);
  AddDnsKeys(*form);
  AddPostgresKeys(*form);
  form->Then({"type"}, CheckKeys);
  form->Then({"type", "target"}, CheckTarget);
  form->Then({"type", "expected_answers", "expected_rcode"}, CheckAnswers);
  form->Then({"password"}, WarnOfPassword);
  form->Then({"timeout", "interval"}, CheckTimeout<P>);
  return form;
}

}  // namespace hinomi::policy::impl
