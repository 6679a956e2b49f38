#include "base/strings.h"
#include "policy/impl/prometheus_forms.h"

/// How a scrape talks HTTP: who it says it is, and whom it trusts.
namespace hinomi::policy::impl {
namespace {

FormPtr<BasicAuthDocument> BasicAuthForm() {
  using B = BasicAuthDocument;
  auto form = std::make_shared<Record<B>>("User and password of each scrape.");
  form->Optional("username", &B::username, PlainText(), "the user")
      .Optional("username_file", &B::username_file, PlainText(), "a file with the user")
      .Optional("username_ref", &B::not_done, Undone("secrets come from files"), "a reference")
      .Optional("password", &B::password, PlainText(), "the password")
      .Optional("password_file", &B::password_file, PlainText(), "a file with the password")
      .Optional("password_ref", &B::not_done, Undone("secrets come from files"), "a reference");
  form->Then({}, [](Reader& reader, const yaml::Node& node, const std::string& path, B& auth) {
    if (!auth.username.empty() && !auth.username_file.empty())
      reader.Mistake(node.span, path, "expected one of \"username\" and \"username_file\"");
    if (!auth.password.empty() && !auth.password_file.empty())
      reader.Mistake(node.span, path, "expected one of \"password\" and \"password_file\"");
  });
  return form;
}

FormPtr<AuthorizationDocument> AuthorizationForm() {
  using A = AuthorizationDocument;
  auto form = std::make_shared<Record<A>>("The header Authorization of each scrape.");
  form->Optional("type", &A::type, PlainText(), "the word in front of the credentials")
      .Optional("credentials", &A::credentials, PlainText(), "the credentials")
      .Optional("credentials_file", &A::credentials_file, PlainText(), "a file with them")
      .Optional("credentials_ref", &A::not_done, Undone("secrets come from files"), "a reference");
  form->Then({"type"}, [](Reader& reader, const yaml::Node& node, const std::string& path,
                          A& auth) {
    if (EqualsIgnoreCase(Trim(auth.type), "basic"))
      reader.Mistake(reader.PlaceOf(yaml::PathKey(path, "type")), yaml::PathKey(path, "type"),
                     "for a user and a password use \"basic_auth\"");
    if (!auth.credentials.empty() && !auth.credentials_file.empty())
      reader.Mistake(node.span, path, "expected one of \"credentials\" and \"credentials_file\"");
  });
  return form;
}

FormPtr<TlsDocument> TlsForm() {
  using T = TlsDocument;
  const char* const files =
      "certificates and keys are read from files (ca_file, cert_file, "
      "key_file)";
  auto form = std::make_shared<Record<T>>("How an https target is talked to.");
  form->Optional("ca_file", &T::ca_file, PlainText(), "who is trusted, instead of the system's")
      .Optional("cert_file", &T::cert_file, PlainText(), "who asks")
      .Optional("key_file", &T::key_file, PlainText(), "and its key")
      .Optional("server_name", &T::server_name, PlainText(), "who has to answer")
      .Optional("insecure_skip_verify", &T::insecure_skip_verify, Switch(), "trust anybody")
      .Optional("min_version", &T::not_done, Undone("TLS 1.2 is the least", {"TLS12"}), "of TLS")
      .Optional("max_version", &T::not_done, Undone("the newest version is spoken", {"TLS13"}),
                "of TLS");
  for (const char* key : {"ca", "cert", "key", "ca_ref", "cert_ref", "key_ref"})
    form->Optional(key, &T::not_done, Undone(files), "in the configuration itself");
  form->Then({}, [](Reader& reader, const yaml::Node& node, const std::string& path, T& tls) {
    if (tls.cert_file.empty() != tls.key_file.empty() && tls.not_done.empty())
      reader.Mistake(node.span, path, "\"cert_file\" and \"key_file\" are needed both");
  });
  return form;
}

FormPtr<std::vector<std::pair<std::string, HttpHeaderDocument>>> HeadersForm() {
  using H = HttpHeaderDocument;
  using All = std::vector<std::pair<std::string, H>>;
  auto header = std::make_shared<Record<H>>("A header of each scrape.");
  header->Optional("values", &H::values, Texts(), "its values")
      .Optional("secrets", &H::secrets, Texts(), "more of them, not to be shown")
      .Optional("files", &H::not_done, Undone("headers are not read from files"), "more of them");
  return std::make_shared<NamedForm<All, H>>(
      header,
      [](All& out, const std::string& name, H value) { out.emplace_back(name, std::move(value)); },
      Name());
}

void CheckOneCredential(Reader& reader, const yaml::Node& node, const std::string& path,
                        PrometheusScrapeDocument&) {
  std::vector<std::string> given;
  for (const char* key :
       {"basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file"})
    if (node.Find(key) != nullptr) given.emplace_back(key);
  if (given.size() > 1)
    reader.Mistake(reader.PlaceOf(yaml::PathKey(path, given[1])), path,
                   "expected one way to sign in, got " + Join(given, " and "));
}

}  // namespace

void AddHttpClientKeys(Record<PrometheusScrapeDocument>& form) {
  using S = PrometheusScrapeDocument;
  NotDone S::* const not_done = &S::not_done;
  form.Optional("basic_auth", &S::basic_auth, Maybe(BasicAuthForm()), "user and password")
      .Optional("authorization", &S::authorization, Maybe(AuthorizationForm()), "a token")
      .Optional("oauth2", not_done, Undone("targets that ask for OAuth 2 refuse the scrape"), "")
      .Optional("bearer_token", &S::bearer_token, PlainText(), "a token")
      .Optional("bearer_token_file", &S::bearer_token_file, PlainText(), "a file with a token")
      .Optional("tls_config", &S::tls, TlsForm(), "certificates")
      .Optional("follow_redirects", &S::follow_redirects, Switch(), "where the target sends us")
      .Optional("enable_http2", not_done, Undone("HTTP/1.1 is spoken", {"false"}), "")
      .Optional("proxy_url", not_done, Undone("targets are asked without a proxy", {""}), "")
      .Optional("no_proxy", not_done, Undone("targets are asked without a proxy", {""}), "")
      .Optional("proxy_from_environment", not_done,
                Undone("targets are asked without a proxy", {"false"}), "")
      .Optional("proxy_connect_header", not_done, Undone("targets are asked without a proxy"), "")
      .Optional("http_headers", &S::http_headers, HeadersForm(), "further headers");
  form.Then({}, CheckOneCredential);
}

}  // namespace hinomi::policy::impl
