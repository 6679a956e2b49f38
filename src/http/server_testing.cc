#include "base/strings.h"
#include "http/testing.h"
#include "os/system_clock.h"

namespace hinomi::http {

ServerUnderTest::ServerUnderTest(std::vector<Route> routes,
                                 const std::function<void(ServerConfig&)>& change)
    : clock_(std::make_unique<SystemClock>()) {
  ServerConfig config;
  config.listen = {"127.0.0.1:0"};
  if (change) change(config);
  const auto authorizer = [](const Request& request,
                             const std::string& right) -> Result<std::string> {
    const std::string_view given = request.Header("authorization");
    if (given == "Bearer good") return std::string("ann");
    if (given == "Bearer poor") return Denied("the right " + right + " is missing");
    return InvalidArgument("sign in first");
  };
  server_ = MakeServer(config, authorizer, *clock_, telemetry_, log_);
  for (Route& route : routes) server_->Add(std::move(route));
  const Status started = server_->Start();
  HN_CHECK(started.has_value());
}

ServerUnderTest::~ServerUnderTest() {
  server_->Stop();
}

uint16_t ServerUnderTest::port() const {
  const std::string address = server_->addresses().at(0);
  return static_cast<uint16_t>(
      ParseUint(std::string_view(address).substr(address.rfind(':') + 1)).value_or(0));
}

std::string ServerUnderTest::Talk(std::string_view bytes) const {
  RawConnection connection(port());
  connection.Send(bytes);
  connection.ShutdownSend();
  return connection.ReadToEnd();
}

std::string ServerUnderTest::Ask(std::string_view method, std::string_view target,
                                 std::string_view headers, std::string_view body) const {
  std::string bytes = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
  bytes += "Host: 127.0.0.1\r\nConnection: close\r\n" + std::string(headers);
  if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  bytes += "\r\n" + std::string(body);
  return Talk(bytes);
}

double ServerUnderTest::Metric(std::string_view series) const {
  const std::string text = telemetry_.Expose();
  for (const std::string_view line : Split(text, '\n')) {
    if (line.starts_with(series) && line.substr(series.size()).starts_with(' ')) {
      return ParseDouble(line.substr(series.size() + 1)).value_or(-1);
    }
  }
  return 0;
}

std::vector<std::string> RoutesOpenToForeignPages(uint16_t port, const std::vector<Route>& routes,
                                                  std::string_view credentials) {
  static constexpr const char* kForeign[] = {
      "Sec-Fetch-Site: cross-site\r\n",
      "Sec-Fetch-Site: same-site\r\n",
      "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
      "Origin: https://evil.example.org\r\n",
      "Origin: http://127.0.0.1:1\r\n",
      "Origin: null\r\n",
  };
  std::vector<std::string> open;
  for (const Route& route : routes) {
    const bool reads = route.method == "GET" || route.method == "HEAD";
    const bool for_all = route.pattern == "/" || route.pattern == "/healthz" ||
                         route.pattern.starts_with("/assets/") || route.open_page;
    if (reads && for_all) continue;
    std::string path;
    for (const char c : route.pattern) path += c == '*' || c == '{' || c == '}' ? 'x' : c;
    for (const char* foreign : kForeign) {
      RawConnection connection(port);
      std::string type = route.content_type.substr(0, route.content_type.find(','));
      if (!type.empty()) type = "Content-Type: " + type + "\r\n";
      connection.Send(route.method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + foreign +
                      std::string(credentials) + type + "Content-Length: 2\r\n\r\n{}");
      const std::string answer = connection.ReadAnswer();
      if (StatusOf(answer) != 403) {
        open.push_back(route.method + " " + route.pattern + ": " + foreign);
      }
    }
  }
  return open;
}

Route Fixed(std::string method, std::string pattern, std::string right, std::string body) {
  Route route;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.right = std::move(right);
  route.handler = [body = std::move(body)](const Request&) {
    Response response;
    response.body = body;
    return response;
  };
  return route;
}

}  // namespace hinomi::http
