#include "base/json.h"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <numeric>

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

/// Builds the value while Boost.JSON's parser reads. The parser's own doubles
/// may be one unit in the last place off, so that a fact read back from the
/// journal would differ from the fact as written: numbers that are no integers
/// are read again from their text.
class Builder {
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

 public:
  // The names that boost::json::basic_parser asks for.
  // NOLINTBEGIN(readability-identifier-naming)
  constexpr static std::size_t max_object_size = std::size_t(-1);
  constexpr static std::size_t max_array_size = std::size_t(-1);
  constexpr static std::size_t max_key_size = std::size_t(-1);
  constexpr static std::size_t max_string_size = std::size_t(-1);
  // NOLINTEND(readability-identifier-naming)

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) {
    open_.push_back({true, std::move(key_), {}, {}});
    key_.clear();
    return true;
  }
  bool on_object_end(std::size_t, Error&) { return Close(); }
  bool on_array_begin(Error&) {
    open_.push_back({false, std::move(key_), {}, {}});
    key_.clear();
    return true;
  }
  bool on_array_end(std::size_t, Error&) { return Close(); }
  bool on_key_part(Text part, std::size_t, Error&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text part, std::size_t, Error&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_string_part(Text part, std::size_t, Error&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(Text part, std::size_t, Error&) {
    text_.append(part.data(), part.size());
    return Add(Json(std::exchange(text_, {})));
  }
  bool on_number_part(Text part, Error&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(int64_t value, Text, Error&) {
    text_.clear();
    return Add(Json(value));
  }
  bool on_uint64(uint64_t value, Text, Error&) {
    text_.clear();
    return Add(Json(static_cast<double>(value)));
  }
  bool on_double(double value, Text part, Error&) {
    text_.append(part.data(), part.size());
    double exact = value;
    std::from_chars(text_.data(), text_.data() + text_.size(), exact);
    text_.clear();
    return Add(Json(exact));
  }
  bool on_bool(bool value, Error&) { return Add(Json(value)); }
  bool on_null(Error&) { return Add(Json()); }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }

  Json Take() { return std::move(root_); }

 private:
  struct Open {
    bool object = false;
    std::string key;  ///< Under which it stands in its parent.
    Json::Array elements;
    Json::Object members;
  };

  bool Close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    key_ = std::move(closed.key);
    if (!closed.object) return Add(Json(std::move(closed.elements)));
    DropRepeated(closed.members);
    return Add(Json(std::move(closed.members)));
  }

  bool Add(Json value) {
    if (open_.empty())
      root_ = std::move(value);
    else if (open_.back().object)
      open_.back().members.emplace_back(std::exchange(key_, {}), std::move(value));
    else
      open_.back().elements.push_back(std::move(value));
    return true;
  }

  /// Of members with the same key the last value stays, in the first place.
  static void DropRepeated(Json::Object& members) {
    std::vector<size_t> order(members.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&members](size_t a, size_t b) {
      return members[a].first < members[b].first;
    });
    std::vector<bool> repeated(members.size());
    bool any = false;
    for (size_t i = 1, first = 0; i < order.size(); ++i) {
      if (members[order[i]].first != members[order[first]].first) {
        first = i;
        continue;
      }
      members[order[first]].second = std::move(members[order[i]].second);
      repeated[order[i]] = any = true;
    }
    if (!any) return;
    size_t kept = 0;
    for (size_t i = 0; i < members.size(); ++i) {
      if (repeated[i]) continue;
      if (kept != i) members[kept] = std::move(members[i]);
      ++kept;
    }
    members.resize(kept);
  }

  std::vector<Open> open_;
  std::string key_;
  std::string text_;
  Json root_;
};

}  // namespace
Result<Json> Json::Parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 64;
  boost::json::basic_parser<Builder> parser(options);
  boost::json::error_code error;
  const size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) error = boost::json::error::extra_data;
  if (error) return InvalidArgument("not valid JSON: " + error.message());
  return parser.handler().Take();
}

}  // namespace hinomi
