#include "policy/impl/forms.h"

/// What spreads a service's requests over its replicas.
namespace hinomi::policy::impl {
namespace {

FormPtr<std::string> SocketPath() {
  TextRules rules;
  rules.what = "an absolute path of at most 107 bytes";
  rules.pattern = "^/.{1,106}$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    if (text.starts_with('/') && text.size() > 1 && text.size() <= 107) return std::nullopt;
    return "a UNIX socket's path is absolute and has at most 107 bytes";
  };
  return Text(rules);
}

FormPtr<std::string> LogAddress() {
  TextRules rules;
  rules.what = "an absolute path or a port of loopback such as 127.0.0.1:5140";
  rules.pattern = "^(/.{1,106}|127\\.[0-9.]+:[0-9]+)$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    if (text.starts_with('/') && text.size() > 1 && text.size() <= 107) return std::nullopt;
    const bool loopback = text.starts_with("127.");
    if (loopback && !CheckHostPort(text)) return std::nullopt;
    return "HAProxy's log comes to an absolute path or to a port of loopback such as "
           "127.0.0.1:5140";
  };
  return Text(rules);
}

FormPtr<std::string> BackendName() {
  TextRules rules;
  rules.what = "a backend's name";
  rules.pattern = "^[A-Za-z0-9_.:-]{1,128}$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    const bool good = text.find_first_not_of(
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789_.:-") == text.npos;
    if (good && text.size() <= 128) return std::nullopt;
    return "a backend's name in haproxy.cfg has letters, digits and _-.:, at most 128";
  };
  return Text(rules);
}

}  // namespace

FormPtr<LoadBalancerDocument> LoadBalancerForm() {
  using L = LoadBalancerDocument;
  auto form = std::make_shared<Record<L>>("What spreads a service's requests over its replicas.");
  form->Required("driver", &L::driver, OneOf({"haproxy"}), "which balancer")
      .Required("socket", &L::socket, SocketPath(),
                "path of its runtime socket: `stats socket PATH level admin` in haproxy.cfg")
      .Required("backend", &L::backend, BackendName(), "the service's backend in haproxy.cfg")
      .Optional("log", &L::log, LogAddress(),
                "where its log comes, for the times of single requests: `log ADDRESS local0` and "
                "`option httplog` in haproxy.cfg; without it response times are averages")
      .Optional("check_interval", &L::check_interval,
                Time({.least = Duration::Millis(100), .most = Duration::Minutes(1)}),
                "how often it checks each server that Hinomi puts behind it",
                {"500ms", "after two failures a sick one gets no more requests"})
      .Optional("interval", &L::interval,
                Time({.least = Duration::Seconds(1), .most = Duration::Minutes(5)}), "how often",
                {"5s", "twelve looks a period of one minute"});
  return form;
}

}  // namespace hinomi::policy::impl
