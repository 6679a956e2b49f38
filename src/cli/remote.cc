#include "cli/remote.h"

#include <cstdio>
#include <cstdlib>

#include "base/strings.h"
#include "cli/printable.h"
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

Result<Remote> Remote::Find(const std::string& data, const std::string& installed) {
  std::string url = Environment("HINOMI_URL");
  std::string token = Environment("HINOMI_TOKEN");
  PosixFiles files;
  std::string directory = data;
  if (url.empty()) {
    Result<std::string> address = files.ReadAll(data + "/address");
    if (!address && data == DataArgument().fallback) {
      directory = installed;
      address = files.ReadAll(installed + "/address");
      if (!address && address.error().code == ErrorCode::kDenied)
        return Denied("the data of the installed server, " + installed +
                      ", is for root and the group hinomi. Join it (sudo adduser USER hinomi, then "
                      "sign in anew), or set HINOMI_URL and HINOMI_TOKEN");
    }
    if (!address)
      return Unavailable("no server found: HINOMI_URL is not set and " + data +
                         "/address is not there. Start one with 'hinomi serve', or say --data "
                         "DIR or HINOMI_URL=http://host:9140");
    url = std::string(Trim(*address));
  }
  // The installed server's token is for that server alone, whatever HINOMI_URL says.
  if (token.empty()) {
    if (const Result<std::string> stored = files.ReadAll(directory + "/admin-token"))
      token = std::string(Trim(*stored));
  }
  while (url.ends_with('/')) url.pop_back();
  return Remote(std::move(url), std::move(token));
}

Result<Json> Remote::Get(const std::string& path, const Query& query) const {
  std::string target = path;
  char separator = '?';
  for (const auto& [key, value] : query) {
    if (value.empty()) continue;
    target += separator + UrlEncode(key) + '=' + UrlEncode(value);
    separator = '&';
  }
  return Call("GET", target, "");
}

Result<Json> Remote::GetAll(const std::string& path, const std::string& member, Query query) const {
  constexpr size_t kPage = 1000;
  query.emplace_back("limit", std::to_string(kPage));
  query.emplace_back("offset", "0");
  Json all = Json::MakeArray();
  for (;;) {
    query.back().second = std::to_string(all.as_array().size());
    HN_TRY(const Json page, Get(path, query));
    for (const Json& item : page[member].as_array()) all.Append(item);
    if (page[member].as_array().size() < kPage) return all;
  }
}

Result<Json> Remote::Post(const std::string& path, const Json& body) const {
  return Call("POST", path, body.Dump());
}

Result<Json> Remote::Delete(const std::string& path) const {
  return Call("DELETE", path, "");
}

Result<Json> Remote::Call(const std::string& method, const std::string& path,
                          const std::string& body) const {
  return Answer(http::Fetch(Request(method, path, body)));
}

http::ClientRequest Remote::Request(const std::string& method, const std::string& path,
                                    const std::string& body) const {
  http::ClientRequest request;
  request.method = method;
  request.url = url_ + (path.starts_with("/") ? path : std::string(kApi) + "/" + path);
  request.timeout = timeout_;
  request.body_limit_bytes = 256u << 20;
  request.accept_gzip = true;
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  if (method != "GET") request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  return request;
}

Result<Json> Remote::Answer(Result<http::ClientResponse> response) const {
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
  return {Argument::Kind::kOption,
          "data",
          "data directory of a server of this machine",
          false,
          "data",
          {},
          Names::kDirectory};
}

int Fail(const Error& error) {
  std::fprintf(stderr, "hinomi: %s\n", PrintableLines(error.message).c_str());
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
