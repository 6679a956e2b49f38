#include "base/json.h"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>

#include "base/strings.h"

namespace hinomi {

bool Json::as_bool(bool fallback) const {
  const bool* v = std::get_if<bool>(&value_);
  return v ? *v : fallback;
}

int64_t Json::as_int(int64_t fallback) const {
  if (const int64_t* v = std::get_if<int64_t>(&value_)) return *v;
  if (const double* d = std::get_if<double>(&value_); d && std::abs(*d) < 9e18)
    return static_cast<int64_t>(*d);
  return fallback;
}

double Json::as_double(double fallback) const {
  if (const double* v = std::get_if<double>(&value_)) return *v;
  if (const int64_t* v = std::get_if<int64_t>(&value_)) return static_cast<double>(*v);
  return fallback;
}

const std::string& Json::as_string() const {
  static const std::string kEmpty;
  const std::string* v = std::get_if<std::string>(&value_);
  return v ? *v : kEmpty;
}

const Json::Array& Json::as_array() const {
  static const Array kEmpty;
  const Array* v = std::get_if<Array>(&value_);
  return v ? *v : kEmpty;
}

const Json::Object& Json::as_object() const {
  static const Object kEmpty;
  const Object* v = std::get_if<Object>(&value_);
  return v ? *v : kEmpty;
}

const Json& Json::operator[](std::string_view key) const {
  static const Json kNull;
  for (const Member& member : as_object())
    if (member.first == key) return member.second;
  return kNull;
}

bool Json::contains(std::string_view key) const {
  for (const Member& member : as_object())
    if (member.first == key) return true;
  return false;
}

Json& Json::Set(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  auto* object = std::get_if<Object>(&value_);
  HN_CHECK(object != nullptr);
  for (Member& member : *object) {
    if (member.first != key) continue;
    member.second = std::move(value);
    return *this;
  }
  object->emplace_back(std::string(key), std::move(value));
  return *this;
}

Json& Json::Append(Json value) {
  if (is_null()) value_ = Array{};
  auto* array = std::get_if<Array>(&value_);
  HN_CHECK(array != nullptr);
  array->push_back(std::move(value));
  return *this;
}

void AppendJsonString(std::string& out, std::string_view text) {
  const bool valid = IsValidUtf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20) {
          constexpr std::string_view kDigits = "0123456789abcdef";
          out += "\\u00";
          out += kDigits[byte >> 4];
          out += kDigits[byte & 15];
        } else if (byte >= 0x80 && !valid) {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string Json::Dump() const {
  std::string out;
  DumpTo(out);
  return out;
}

void Json::DumpTo(std::string& out) const {
  struct Visitor {
    std::string& out;
    void operator()(std::monostate) const { out += "null"; }
    void operator()(bool v) const { out += v ? "true" : "false"; }
    void operator()(int64_t v) const { out += std::to_string(v); }
    void operator()(double v) const {
      if (!std::isfinite(v)) {
        out += "null";
        return;
      }
      std::array<char, 32> text{};
      const auto end = std::to_chars(text.data(), text.data() + text.size(), v).ptr;
      const std::string_view digits(text.data(), static_cast<size_t>(end - text.data()));
      out += digits;
      // Keeps the kind through a round trip: 1.0 is not the integer 1.
      if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
    }
    void operator()(const std::string& v) const { AppendJsonString(out, v); }
    void operator()(const Array& v) const {
      out += '[';
      for (size_t i = 0; i < v.size(); ++i) {
        if (i > 0) out += ',';
        v[i].DumpTo(out);
      }
      out += ']';
    }
    void operator()(const Object& v) const {
      out += '{';
      for (size_t i = 0; i < v.size(); ++i) {
        if (i > 0) out += ',';
        AppendJsonString(out, v[i].first);
        out += ':';
        v[i].second.DumpTo(out);
      }
      out += '}';
    }
  };
  std::visit(Visitor{out}, value_);
}

namespace {

Json FromBoost(const boost::json::value& value) {
  namespace bj = boost::json;
  switch (value.kind()) {
    case bj::kind::null:
      return {};
    case bj::kind::bool_:
      return value.get_bool();
    case bj::kind::int64:
      return value.get_int64();
    case bj::kind::uint64:
      return static_cast<double>(value.get_uint64());
    case bj::kind::double_:
      return value.get_double();
    case bj::kind::string:
      return std::string(value.get_string().data(), value.get_string().size());
    case bj::kind::array: {
      Json::Array array;
      array.reserve(value.get_array().size());
      for (const bj::value& element : value.get_array()) array.push_back(FromBoost(element));
      return array;
    }
    case bj::kind::object: {
      Json::Object object;
      object.reserve(value.get_object().size());
      for (const bj::key_value_pair& member : value.get_object())
        object.emplace_back(std::string(member.key().data(), member.key().size()),
                            FromBoost(member.value()));
      return object;
    }
  }
  HN_CHECK(false);
}

}  // namespace

Result<Json> Json::Parse(std::string_view text) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 64;
  const boost::json::value value =
      boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return InvalidArgument("not valid JSON: " + error.message());
  return FromBoost(value);
}

}  // namespace hinomi
