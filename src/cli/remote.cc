#include "cli/remote.h"

#include <cstdio>
#include <cstdlib>

#include "base/strings.h"
#include "http/client.h"
#include "os/files.h"

namespace hinomi::cli {
namespace {

constexpr std::string_view kApi = "/api/hinomi/v1";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

ErrorCode CodeOfStatus(int status) {
  if (status == 401 || status == 403) return ErrorCode::kDenied;
  if (status == 404) return ErrorCode::kNotFound;
  if (status == 409) return ErrorCode::kConflict;
  if (status == 429) return ErrorCode::kExhausted;
  if (status >= 500) return ErrorCode::kUnavailable;
  return ErrorCode::kInvalidArgument;
}

std::string MessageOf(const Json& answer, int status) {
  if (const std::string& m = answer["error"]["message"].as_string(); !m.empty()) return m;
  if (const std::string& m = answer["error"].as_string(); !m.empty()) return m;
  return "the server answered HTTP " + std::to_string(status);
}

}  // namespace

Result<Remote> Remote::Find(const std::string& data) {
  std::string url = Environment("HINOMI_URL");
  std::string token = Environment("HINOMI_TOKEN");
  PosixFiles files;
  if (url.empty()) {
    const Result<std::string> address = files.ReadAll(data + "/address");
    if (!address)
      return Unavailable("no server found: HINOMI_URL is not set and " + data +
                         "/address is not there. Start one with 'hinomi serve', or say --data "
                         "DIR or HINOMI_URL=http://host:9140");
    url = std::string(Trim(*address));
  }
  if (token.empty()) {
    if (const Result<std::string> stored = files.ReadAll(data + "/admin-token"))
      token = std::string(Trim(*stored));
  }
  while (url.ends_with('/')) url.pop_back();
  return Remote(std::move(url), std::move(token));
}

Result<Json> Remote::Get(const std::string& path,
                         const std::vector<std::pair<std::string, std::string>>& query) const {
  std::string target = path;
  char separator = '?';
  for (const auto& [key, value] : query) {
    if (value.empty()) continue;
    target += separator + UrlEncode(key) + '=' + UrlEncode(value);
    separator = '&';
  }
  return Call("GET", target, "");
}

Result<Json> Remote::Post(const std::string& path, const Json& body) const {
  return Call("POST", path, body.Dump());
}

Result<Json> Remote::Delete(const std::string& path) const {
  return Call("DELETE", path, "");
}

Result<Json> Remote::Call(const std::string& method, const std::string& path,
                          const std::string& body) const {
  http::ClientRequest request;
  request.method = method;
  request.url = url_ + (path.starts_with("/") ? path : std::string(kApi) + "/" + path);
  request.timeout = Duration::Seconds(60);
  request.body_limit_bytes = 256u << 20;
  request.accept_gzip = true;
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  if (method != "GET") request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  Result<http::ClientResponse> response = http::Fetch(request);
  if (!response) return std::move(response).error().WithContext("cannot ask " + url_);
  const Result<Json> answer =
      response->body.empty() ? Result<Json>(Json::MakeObject()) : Json::Parse(response->body);
  if (response->status / 100 != 2) {
    Error error{CodeOfStatus(response->status),
                MessageOf(answer ? *answer : Json(), response->status)};
    if (response->status == 401)
      error.message += ". Set HINOMI_TOKEN, or say --data DIR of a server of this machine";
    return error;
  }
  if (!answer) return Internal("the server's answer is " + answer.error().message);
  return *answer;
}

std::string UrlEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      encoded += '%';
      encoded += kDigits[static_cast<uint8_t>(c) >> 4];
      encoded += kDigits[static_cast<uint8_t>(c) & 15];
    }
  }
  return encoded;
}

Argument DataArgument() {
  return {Argument::Kind::kOption, "data", "data directory of a server of this machine", false,
          "data"};
}

int Fail(const Error& error) {
  std::fprintf(stderr, "hinomi: %s\n", error.message.c_str());
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kConflict:
    case ErrorCode::kDenied:
      return kAnswerIsNo;
    default:
      return kCouldNot;
  }
}

}  // namespace hinomi::cli
