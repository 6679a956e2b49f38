#include "http/impl/head.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/strings.h"
#include "http/answer.h"
#include "http/impl/syntax.h"

namespace hinomi::http {
namespace {

struct Standing {
  const char* name;
  const char* value;
};

constexpr Standing kStanding[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; "
     "base-uri 'none'; form-action 'self'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    // Not no-referrer: under that a browser sends our own forms with "Origin: null"
    // (Fetch standard, "append a request Origin header"), which is refused.
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

// IMF-fixdate (RFC 9110 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::string HttpDate(Instant at) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = at.seconds();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT", kDays[parts.tm_wday],
                parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                parts.tm_min, parts.tm_sec);
  return text;
}

// Framing belongs to the server: an answer cannot set these.
bool IsOurs(std::string_view name) {
  return EqualsIgnoreCase(name, "content-length") || EqualsIgnoreCase(name, "connection") ||
         EqualsIgnoreCase(name, "transfer-encoding") || EqualsIgnoreCase(name, "date") ||
         EqualsIgnoreCase(name, "content-type");
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string MakeHead(const Response& response, Framing framing, bool keep_alive, Instant now) {
  std::string out;
  out.reserve(768);
  out += "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.append(ReasonPhrase(response.status)).append("\r\n");
  AppendField(out, "Date", HttpDate(now));
  const bool bodyless = response.status == 204 || response.status == 304;
  if (!bodyless && !response.content_type.empty() && IsFieldValue(response.content_type)) {
    AppendField(out, "Content-Type", response.content_type);
  }
  for (const auto& [name, value] : response.headers) {
    if (IsToken(name) && IsFieldValue(value) && !IsOurs(name)) AppendField(out, name, value);
  }
  for (const Standing& standing : kStanding) {
    const bool given = std::ranges::any_of(response.headers, [&standing](const auto& header) {
      return EqualsIgnoreCase(header.first, standing.name) && IsFieldValue(header.second);
    });
    if (!given) AppendField(out, standing.name, standing.value);
  }
  if (framing == Framing::kChunked) {
    AppendField(out, "Transfer-Encoding", "chunked");
  } else if (framing == Framing::kLength && !bodyless) {
    AppendField(out, "Content-Length", std::to_string(response.body.size()));
  }
  AppendField(out, "Connection", keep_alive ? "keep-alive" : "close");
  out += "\r\n";
  return out;
}

std::string Frame(const StreamQueue::Piece& piece, Framing framing) {
  if (framing == Framing::kUntilClosed) return piece.bytes;
  std::string out;
  if (!piece.bytes.empty()) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.bytes.size());
    out += size + piece.bytes + "\r\n";
  }
  if (piece.ended && !piece.truncated) out += "0\r\n\r\n";
  return out;
}

}  // namespace hinomi::http
