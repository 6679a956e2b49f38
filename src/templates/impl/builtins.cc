// The functions that every Go template has.
#include <cmath>
#include <optional>

#include "base/strings.h"
#include "templates/impl/functions.h"

namespace hinomi::templates::impl {
namespace {

using Arguments = std::span<const Value>;
using enum Parameter;

Value Not(const Value& value) {
  return Value(!value.Truth());
}

Result<Value> LengthOf(const Context&, Arguments given) {
  const Value& value = given[0];
  if (const auto* text = value.As<std::string>()) return Value(static_cast<int64_t>(text->size()));
  if (const auto* list = value.AsList()) return Value(static_cast<int64_t>(list->items.size()));
  if (const auto* object = value.AsObject(); object != nullptr && !object->is_struct)
    return Value(static_cast<int64_t>(object->members.size()));
  if (value.is_missing()) return InvalidArgument("len of nil pointer");
  return InvalidArgument("len of type " + value.TypeName());
}

/// A position within `size`; what stands just behind the end is found out later, as by Go.
Result<size_t> PositionOf(const Value& value, size_t size) {
  const auto* index = value.As<int64_t>();
  if (index == nullptr) {
    return InvalidArgument(value.is_missing()
                               ? "cannot index slice/array with nil"
                               : "cannot index slice/array with type " + value.TypeName());
  }
  if (*index < 0 || static_cast<uint64_t>(*index) > size)
    return InvalidArgument("index out of range: " + std::to_string(*index));
  return static_cast<size_t>(*index);
}

Result<Value> ElementOf(const Value& value, const Value& index) {
  if (const auto* list = value.AsList()) {
    HN_TRY(const size_t at, PositionOf(index, list->items.size()));
    if (at == list->items.size()) return InvalidArgument("reflect: slice index out of range");
    return list->items[at];
  }
  if (const auto* text = value.As<std::string>()) {
    HN_TRY(const size_t at, PositionOf(index, text->size()));
    if (at == text->size()) return InvalidArgument("reflect: string index out of range");
    return Value(static_cast<int64_t>(static_cast<unsigned char>((*text)[at])));
  }
  const auto* map = value.AsObject();
  if (map == nullptr || map->is_struct)
    return InvalidArgument("can't index item of type " + value.TypeName());
  const auto* key = index.As<std::string>();
  if (key == nullptr)
    return InvalidArgument("value has type " + index.TypeName() + "; should be string");
  const auto found = map->members.find(*key);
  return found == map->members.end() ? map->Missing() : found->second;
}

Result<Value> Index(const Context&, Arguments given) {
  if (given[0].is_missing()) return InvalidArgument("index of untyped nil");
  Value value = given[0];
  for (const Value& index : given.subspan(1)) {
    HN_TRY(value, ElementOf(value, index));
  }
  return value;
}

Result<Value> Slice(const Context&, Arguments given) {
  const auto* text = given[0].As<std::string>();
  const auto* list = given[0].AsList();
  if (text == nullptr && list == nullptr)
    return InvalidArgument("can't slice item of type " + given[0].TypeName());
  const size_t size = text != nullptr ? text->size() : list->items.size();
  size_t bounds[2] = {0, size};
  if (given.size() > 3)
    return InvalidArgument("too many slice indexes: " + std::to_string(given.size() - 1));
  for (size_t i = 1; i < given.size(); ++i) {
    HN_TRY(bounds[i - 1], PositionOf(given[i], size));
  }
  if (bounds[0] > bounds[1]) {
    return InvalidArgument("invalid slice index: " + std::to_string(bounds[0]) + " > " +
                           std::to_string(bounds[1]));
  }
  if (text != nullptr) return Value(text->substr(bounds[0], bounds[1] - bounds[0]));
  auto part = std::make_shared<List>();
  part->type = list->type;
  part->items.assign(list->items.begin() + static_cast<std::ptrdiff_t>(bounds[0]),
                     list->items.begin() + static_cast<std::ptrdiff_t>(bounds[1]));
  return Value(Value::ListPtr(std::move(part)));
}

std::string HtmlText(Arguments given) {
  std::string out;
  for (const char c : Print(given)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&#34;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

std::string ScriptText(Arguments given) {
  std::string out;
  for (const char c : Print(given)) {
    constexpr std::string_view kEscaped = "<>&=";
    if (c == '\\' || c == '\'' || c == '"')
      out += std::string("\\") + c;
    else if (c == '\n')
      out += "\\n";
    else if (kEscaped.find(c) != std::string_view::npos)
      out += "\\u00" + ToUpperAscii(HexEncode(std::span(reinterpret_cast<const uint8_t*>(&c), 1)));
    else
      out += c;
  }
  return out;
}

/// Kinds that can be compared with one another: 1 bool, 2 int, 3 float, 4 string; 0 none.
int BasicKind(const Value& value) {
  if (value.As<bool>() != nullptr) return 1;
  if (value.As<int64_t>() != nullptr || value.As<Duration>() != nullptr) return 2;
  if (value.As<double>() != nullptr) return 3;
  return value.As<std::string>() != nullptr ? 4 : 0;
}

int64_t IntegerIn(const Value& value) {
  if (const auto* duration = value.As<Duration>()) return duration->nanos();
  return *value.As<int64_t>();
}

Result<bool> Equal(const Value& a, const Value& b) {
  if (a.is_missing() || b.is_missing()) return a.is_missing() && b.is_missing();
  const int kind = BasicKind(a);
  if (kind == 0 || BasicKind(b) == 0) {
    const Value& wrong = kind == 0 ? a : b;
    return InvalidArgument("non-comparable type " + wrong.Text() + ": " + wrong.TypeName());
  }
  if (kind != BasicKind(b)) return InvalidArgument("incompatible types for comparison");
  if (kind == 1) return *a.As<bool>() == *b.As<bool>();
  if (kind == 2) return IntegerIn(a) == IntegerIn(b);
  if (kind == 3) return *a.As<double>() == *b.As<double>();
  return *a.As<std::string>() == *b.As<std::string>();
}

Result<bool> Less(const Value& a, const Value& b) {
  const int kind = BasicKind(a);
  if (kind == 0 || BasicKind(b) == 0) return InvalidArgument("invalid type for comparison");
  if (kind != BasicKind(b)) return InvalidArgument("incompatible types for comparison");
  if (kind == 1) return InvalidArgument("invalid type for comparison");
  if (kind == 2) return IntegerIn(a) < IntegerIn(b);
  if (kind == 3) return *a.As<double>() < *b.As<double>();
  return *a.As<std::string>() < *b.As<std::string>();
}

Result<Value> AnyEqual(const Context&, Arguments given) {
  if (given.size() < 2) return InvalidArgument("missing argument for comparison");
  for (const Value& other : given.subspan(1)) {
    HN_TRY(const bool equal, Equal(given[0], other));
    if (equal) return Value(true);
  }
  return Value(false);
}

Result<Value> NotEqual(const Context&, Arguments given) {
  HN_TRY(const bool equal, Equal(given[0], given[1]));
  return Value(!equal);
}

Result<Value> IsLess(const Context&, Arguments given) {
  HN_TRY(const bool less, Less(given[0], given[1]));
  return Value(less);
}

Result<Value> IsLessOrEqual(const Context&, Arguments given) {
  HN_TRY(const bool less, Less(given[0], given[1]));
  if (less) return Value(true);
  HN_TRY(const bool equal, Equal(given[0], given[1]));
  return Value(equal);
}

// As Go has it: "not less or equal", also for what is not a number.
Result<Value> IsGreater(const Context& context, Arguments given) {
  HN_TRY(const Value other, IsLessOrEqual(context, given));
  return Not(other);
}

Result<Value> IsGreaterOrEqual(const Context& context, Arguments given) {
  HN_TRY(const Value other, IsLess(context, given));
  return Not(other);
}

const Function kBuiltins[] = {
    {"and", {kAny, kAny}, true},
    {"or", {kAny, kAny}, true},
    {"not",
     {kAny},
     false,
     [](const Context&, Arguments given) -> Result<Value> { return Not(given[0]); }},
    {"len", {kAny}, false, LengthOf},
    {"index", {kAny, kAny}, true, Index},
    {"slice", {kAny, kAny}, true, Slice},
    {"print",
     {kAny},
     true,
     [](const Context&, Arguments given) -> Result<Value> { return Value(Print(given)); }},
    {"println",
     {kAny},
     true,
     [](const Context&, Arguments given) -> Result<Value> { return Value(PrintLine(given)); }},
    {"printf",
     {kText, kAny},
     true,
     [](const Context&, Arguments given) -> Result<Value> {
       return Value(Printf(*given[0].As<std::string>(), given.subspan(1)));
     }},
    {"html",
     {kAny},
     true,
     [](const Context&, Arguments given) -> Result<Value> { return Value(HtmlText(given)); }},
    {"js",
     {kAny},
     true,
     [](const Context&, Arguments given) -> Result<Value> { return Value(ScriptText(given)); }},
    {"urlquery",
     {kAny},
     true,
     [](const Context&, Arguments given) -> Result<Value> {
       return Value(QueryEscape(Print(given)));
     }},
    {"eq", {kAny, kAny}, true, AnyEqual},
    {"ne", {kAny, kAny}, false, NotEqual},
    {"lt", {kAny, kAny}, false, IsLess},
    {"le", {kAny, kAny}, false, IsLessOrEqual},
    {"gt", {kAny, kAny}, false, IsGreater},
    {"ge", {kAny, kAny}, false, IsGreaterOrEqual},
};

}  // namespace

std::span<const Function> Builtins() {
  return kBuiltins;
}

}  // namespace hinomi::templates::impl
