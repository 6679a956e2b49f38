#include <cmath>
#include <limits>

#include "base/json.h"
#include "base/strings.h"
#include "policy/yaml.h"

namespace hinomi::policy::yaml {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool OneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

/// [-+]? [0-9]+, without a leading zero.
bool IsDecimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  for (const char c : text) {
    if (!IsDigit(c)) return false;
  }
  return true;
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool IsFloat(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - from;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const size_t whole_at = at;
  const size_t whole = digits();
  if (whole > 1 && text[whole_at] == '0') return false;
  bool point = false;
  size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    point = true;
    ++at;
    fraction = digits();
  }
  if (whole == 0 && fraction == 0) return false;
  bool exponent = false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    exponent = true;
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size() && (point || exponent);
}

/// 0o17, 0x1F: the value, if it fits in 64 bits.
bool ParseBased(std::string_view text, double& value) {
  if (text.size() < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'o')) return false;
  const int base = text[1] == 'x' ? 16 : 8;
  double sum = 0;
  for (const char c : text.substr(2)) {
    int digit = -1;
    if (IsDigit(c)) digit = c - '0';
    if (base == 16 && c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (base == 16 && c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit < 0 || digit >= base) return false;
    sum = sum * base + digit;
  }
  value = sum;
  return true;
}

bool ParseInfinity(std::string_view text, double& value) {
  double sign = 1;
  if (text.starts_with('-') || text.starts_with('+')) {
    if (text[0] == '-') sign = -1;
    text.remove_prefix(1);
  }
  if (!OneOf(text, {".inf", ".Inf", ".INF"})) return false;
  value = sign * std::numeric_limits<double>::infinity();
  return true;
}

}  // namespace

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kBool:
      return "true or false";
    case Kind::kInt:
      return "a whole number";
    case Kind::kFloat:
      return "a number";
    case Kind::kText:
      return "text";
    case Kind::kSequence:
      return "a list";
    case Kind::kMapping:
      return "a mapping";
  }
  return "";
}

Node ResolvePlain(std::string_view text) {
  Node node;
  node.kind = Kind::kText;
  node.text = text;
  if (OneOf(text, {"", "~", "null", "Null", "NULL"})) {
    node.kind = Kind::kNull;
  } else if (OneOf(text, {"true", "True", "TRUE"})) {
    node.kind = Kind::kBool;
    node.boolean = true;
  } else if (OneOf(text, {"false", "False", "FALSE"})) {
    node.kind = Kind::kBool;
  } else if (ParseBased(text, node.number)) {
    node.kind = Kind::kInt;
  } else if (OneOf(text, {".nan", ".NaN", ".NAN"})) {
    node.kind = Kind::kFloat;
    node.number = std::numeric_limits<double>::quiet_NaN();
  } else if (ParseInfinity(text, node.number)) {
    node.kind = Kind::kFloat;
  } else if (IsDecimal(text) || IsFloat(text)) {
    node.kind = IsDecimal(text) ? Kind::kInt : Kind::kFloat;
    node.number = ParseDouble(text.starts_with('+') ? text.substr(1) : text).value_or(0);
  }
  return node;
}

const Member* Node::Find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

std::string PathKey(std::string_view path, std::string_view key) {
  bool simple = !key.empty();
  for (const char c : key) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    simple = simple && (letter || IsDigit(c) || c == '_' || c == '-');
  }
  std::string joined(path);
  if (simple) {
    if (!joined.empty()) joined += '.';
    joined += key;
    return joined;
  }
  joined += '[';
  AppendJsonString(joined, key);
  joined += ']';
  return joined;
}

std::string PathIndex(std::string_view path, size_t index) {
  return std::string(path) + "[" + std::to_string(index) + "]";
}

}  // namespace hinomi::policy::yaml
