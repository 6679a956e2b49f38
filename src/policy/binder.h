#ifndef HINOMI_POLICY_BINDER_H_
#define HINOMI_POLICY_BINDER_H_

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/strings.h"
#include "policy/policy.h"
#include "policy/source_text.h"
#include "policy/yaml.h"

/// Declarations of typed documents. A `Form<T>` says how a YAML value becomes
/// a T and gives the JSON Schema of the same; forms are put together from the
/// functions below. Reading never stops at a mistake: it reports and goes on,
/// so that all of a file are found at once.
namespace hinomi::policy {

/// What reading one file found: findings, defaults, and where each path
/// stands. Keeps a reference to the text.
class Reader {
 public:
  Reader(std::string file, const SourceText& source) : file_(std::move(file)), source_(source) {}

  void Mistake(const Span& span, std::string_view path, std::string message);
  void Warning(const Span& span, std::string_view path, std::string message);
  /// "expected WHAT, got …".
  void Expected(const yaml::Node& node, std::string_view path, std::string_view what);
  void Filled(std::string path, std::string value, std::string why);

  /// Remembers where a value stands, for checks across documents.
  void Place(const std::string& path, const Span& span) { places_[path] = span; }
  /// Where a path stands, or the nearest value around it.
  Span PlaceOf(std::string_view path) const;
  /// Where a place within a scalar's decoded text stands in the file: `line` and `column`
  /// (in bytes) of the text, from 1. The whole scalar where that cannot be told (escapes, folded
  /// lines).
  Span PlaceWithin(const yaml::Node& scalar, int line, int column) const;

  const std::string& file() const { return file_; }
  /// How many mistakes so far; warnings are not counted.
  size_t mistakes() const { return mistakes_; }
  std::vector<Finding>& findings() { return findings_; }
  std::vector<FilledDefault>& defaults() { return defaults_; }

 private:
  std::string file_;
  const SourceText& source_;
  std::vector<Finding> findings_;
  std::vector<FilledDefault> defaults_;
  size_t mistakes_ = 0;
  std::map<std::string, Span, std::less<>> places_;
};

/// `text "eighty"`, `the number 80`, `a list`, … for messages.
std::string Describe(const yaml::Node& node);
/// `; did you mean "threshold"?`, else `; known are: a, b, c`, else "".
std::string Suggest(std::string_view name, std::span<const std::string> candidates);

template <typename T>
class Form {
 public:
  virtual ~Form() = default;
  /// False where `out` could not be read whole; that has been reported then.
  virtual bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
                    T& out) const = 0;
  virtual Json Schema() const = 0;
};
template <typename T>
using FormPtr = std::shared_ptr<const Form<T>>;

// --- scalars ----------------------------------------------------------------

struct TextRules {
  std::string what = "text";             ///< For messages: "expected …".
  std::string pattern = {};              ///< For the schema (ECMA 262).
  std::vector<std::string> one_of = {};  ///< If not empty, nothing else.
  /// What is wrong with a text, or nothing.
  std::function<std::optional<std::string>(std::string_view)> check = {};
  bool may_be_empty = false;
  /// Numbers and booleans are taken as they are written (settings, labels).
  bool any_scalar = false;
};
FormPtr<std::string> Text(TextRules rules = {});
/// A name that other documents refer to: not empty, at most 255 bytes, no
/// control characters, no blanks at its ends.
FormPtr<std::string> Name();
FormPtr<std::string> OneOf(std::vector<std::string> words);
/// A URL with one of the schemes, e.g. {"http", "https"}.
FormPtr<std::string> Url(std::vector<std::string> schemes);
/// host:port, the host also an IPv6 literal in brackets.
FormPtr<std::string> HostPort();
std::optional<std::string> CheckUrl(std::string_view url, std::span<const std::string> schemes);
std::optional<std::string> CheckHostPort(std::string_view text);

FormPtr<double> Number();
FormPtr<int> Integer(int least, int most);
FormPtr<uint64_t> Size(uint64_t least, uint64_t most);
/// "512MiB", "50GiB": a whole number with KiB, MiB, GiB or TiB, in bytes.
FormPtr<uint64_t> Bytes(uint64_t least, uint64_t most);
/// The same text, or nothing where it is none.
std::optional<uint64_t> ParseBytes(std::string_view text);
FormPtr<bool> Boolean();

struct TimeRules {
  Duration least = Duration();
  Duration most = Duration::Days(3650);
  bool bare_seconds = false;  ///< Whole numbers count seconds, as CloudWatch's Period.
  bool long_form = false;     ///< "30_days" beside "30d".
  bool forever = false;       ///< "forever", read as 0, whatever `least` is.
};
FormPtr<Duration> Time(TimeRules rules = {});

template <typename E>
class ChoiceForm : public Form<E> {
 public:
  explicit ChoiceForm(std::vector<std::pair<std::string, E>> words) : words_(std::move(words)) {
    for (const auto& [word, value] : words_) names_.push_back(word);
    text_ = OneOf(names_);
  }
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            E& out) const override {
    std::string word;
    if (!text_->Read(reader, node, path, word)) return false;
    for (const auto& [name, value] : words_) {
      if (name == word) out = value;
    }
    return true;
  }
  Json Schema() const override { return text_->Schema(); }

 private:
  std::vector<std::pair<std::string, E>> words_;
  std::vector<std::string> names_;
  FormPtr<std::string> text_;
};
template <typename E>
FormPtr<E> Choice(std::vector<std::pair<std::string, E>> words) {
  return std::make_shared<ChoiceForm<E>>(std::move(words));
}

// --- containers -------------------------------------------------------------

template <typename T>
class ListForm : public Form<std::vector<T>> {
 public:
  ListForm(FormPtr<T> item, size_t least) : item_(std::move(item)), least_(least) {}

  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            std::vector<T>& out) const override {
    out.clear();
    if (node.kind == yaml::Kind::kNull && least_ == 0) return true;
    if (node.kind != yaml::Kind::kSequence) {
      reader.Expected(node, path, "a list (each entry begins with \"- \")");
      return false;
    }
    if (node.items.size() < least_) {
      reader.Mistake(node.span, path,
                     "the list needs at least " + std::to_string(least_) +
                         (least_ == 1 ? " entry" : " entries"));
      return false;
    }
    bool ok = true;
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item_path = yaml::PathIndex(path, i);
      reader.Place(item_path, node.items[i].span);
      ok = item_->Read(reader, node.items[i], item_path, out.emplace_back()) && ok;
    }
    return ok;
  }
  Json Schema() const override {
    Json schema = Json::MakeObject();
    if (least_ > 0) {
      schema.Set("type", "array").Set("minItems", static_cast<int64_t>(least_));
    } else {
      schema.Set("type", Json(Json::Array{"array", "null"}));
    }
    schema.Set("items", item_->Schema());
    return schema;
  }

 private:
  FormPtr<T> item_;
  size_t least_;
};
template <typename T>
FormPtr<std::vector<T>> ListOf(FormPtr<T> item, size_t least = 0) {
  return std::make_shared<ListForm<T>>(std::move(item), least);
}

/// A mapping from free names to values, kept in the order of the file. `put`
/// stores one of them.
template <typename C, typename T>
class NamedForm : public Form<C> {
 public:
  using Put = std::function<void(C&, const std::string&, T)>;
  NamedForm(FormPtr<T> value, Put put, FormPtr<std::string> key)
      : value_(std::move(value)), put_(std::move(put)), key_(std::move(key)) {}

  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            C& out) const override {
    out = C();
    if (node.kind == yaml::Kind::kNull) return true;
    if (node.kind != yaml::Kind::kMapping) {
      reader.Expected(node, path, "a mapping from names to values (\"name: …\")");
      return false;
    }
    bool ok = true;
    for (const yaml::Member& member : node.members) {
      const std::string member_path = yaml::PathKey(path, member.key);
      const bool scalar = member.value.is_scalar() && member.value.kind != yaml::Kind::kNull;
      reader.Place(member_path, scalar ? member.value.span : member.key_span);
      yaml::Node key;
      key.kind = yaml::Kind::kText;
      key.text = member.key;
      key.span = member.key_span;
      std::string name;
      ok = key_->Read(reader, key, member_path, name) && ok;
      T value{};
      ok = value_->Read(reader, member.value, member_path, value) && ok;
      put_(out, member.key, std::move(value));
    }
    return ok;
  }
  Json Schema() const override {
    return Json::MakeObject()
        .Set("type", Json(Json::Array{"object", "null"}))
        .Set("propertyNames", key_->Schema())
        .Set("additionalProperties", value_->Schema());
  }

 private:
  FormPtr<T> value_;
  Put put_;
  FormPtr<std::string> key_;
};
/// name → record, as a vector whose elements know their name.
template <typename T>
FormPtr<std::vector<T>> NamedList(FormPtr<T> value, std::string T::* name,
                                  FormPtr<std::string> key = Name()) {
  return std::make_shared<NamedForm<std::vector<T>, T>>(
      std::move(value),
      [name](std::vector<T>& out, const std::string& key_text, T item) {
        item.*name = key_text;
        out.push_back(std::move(item));
      },
      std::move(key));
}
/// name → text; numbers and booleans count as they are written.
FormPtr<std::map<std::string, std::string>> TextMap();

// --- records ----------------------------------------------------------------

/// A default as it would stand in the file, and why it is that.
struct DefaultText {
  std::string text;
  std::string why;
};

/// A mapping with known keys that becomes a struct.
template <typename T>
class Record : public Form<T> {
 public:
  /// A default that depends on the keys already read; nothing: none applies.
  using DefaultFunction = std::function<std::optional<DefaultText>(const T&)>;
  using Check = std::function<void(Reader&, const yaml::Node&, const std::string&, T&)>;

  explicit Record(std::string description) : description_(std::move(description)) {}

  template <typename M>
  Record& Required(std::string key, M T::* member, std::type_identity_t<FormPtr<M>> form,
                   std::string description) {
    Add(std::move(key), member, std::move(form), std::move(description)).required = true;
    return *this;
  }
  template <typename M>
  Record& Optional(std::string key, M T::* member, std::type_identity_t<FormPtr<M>> form,
                   std::string description) {
    Add(std::move(key), member, std::move(form), std::move(description));
    return *this;
  }
  /// Absent: read from the default's text by the same form, and listed among
  /// the filled-in defaults. `applies`: only for those records.
  template <typename M>
  Record& Optional(std::string key, M T::* member, std::type_identity_t<FormPtr<M>> form,
                   std::string description, DefaultText fixed,
                   bool (*applies)(const T&) = nullptr) {
    Field& field = Add(std::move(key), member, std::move(form), std::move(description));
    field.fixed = fixed;
    field.fill = [fixed, applies](const T& record) {
      return applies == nullptr || applies(record) ? std::optional(fixed) : std::nullopt;
    };
    return *this;
  }
  template <typename M>
  Record& Optional(std::string key, M T::* member, std::type_identity_t<FormPtr<M>> form,
                   std::string description, DefaultFunction fill) {
    Add(std::move(key), member, std::move(form), std::move(description)).fill = std::move(fill);
    return *this;
  }
  /// Runs after the keys were read, unless one of `needs` has a mistake: a
  /// check of two keys must not follow from a slip in one.
  Record& Then(std::set<std::string> needs, Check check) {
    checks_.emplace_back(std::move(needs), std::move(check));
    return *this;
  }

  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            T& out) const override {
    if (node.kind != yaml::Kind::kMapping && node.kind != yaml::Kind::kNull) {
      reader.Expected(node, path, "a mapping with the keys " + Join(Keys(), ", "));
      return false;
    }
    const size_t before = reader.mistakes();
    std::set<std::string> failed;
    ReadMembers(reader, node, path, out, failed);
    for (const Field& field : fields_) {
      if (node.Find(field.key) != nullptr) continue;
      if (field.required) {
        reader.Mistake(node.span, path,
                       "the key \"" + field.key + "\" is missing: " + field.description);
        failed.insert(field.key);
      } else if (field.fill && !Fill(reader, field, path, out)) {
        failed.insert(field.key);
      }
    }
    for (const auto& [needs, check] : checks_) {
      const bool known = std::none_of(needs.begin(), needs.end(),
                                      [&](const std::string& key) { return failed.contains(key); });
      if (known) check(reader, node, path, out);
    }
    return reader.mistakes() == before;
  }

  Json Schema() const override {
    Json properties = Json::MakeObject();
    Json required = Json::MakeArray();
    for (const Field& field : fields_) {
      Json schema = field.schema();
      schema.Set("description", field.description);
      if (field.fixed) schema.Set("default", ToJson(yaml::ResolvePlain(field.fixed->text)));
      properties.Set(field.key, std::move(schema));
      if (field.required) required.Append(field.key);
    }
    Json schema = Json::MakeObject();
    schema.Set("type", "object").Set("description", description_);
    schema.Set("properties", std::move(properties));
    if (!required.as_array().empty()) schema.Set("required", std::move(required));
    schema.Set("additionalProperties", false);
    return schema;
  }

  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    for (const Field& field : fields_) keys.push_back(field.key);
    return keys;
  }

 private:
  struct Field {
    std::string key;
    std::string description;
    bool required = false;
    std::optional<DefaultText> fixed;
    DefaultFunction fill;
    std::function<bool(Reader&, const yaml::Node&, const std::string&, T&)> read;
    std::function<Json()> schema;
  };

  static Json ToJson(const yaml::Node& node) {
    if (node.kind == yaml::Kind::kBool) return Json(node.boolean);
    if (node.kind == yaml::Kind::kInt) return Json(static_cast<int64_t>(node.number));
    if (node.kind == yaml::Kind::kFloat) return Json(node.number);
    return Json(node.text);
  }

  template <typename M>
  Field& Add(std::string key, M T::* member, std::type_identity_t<FormPtr<M>> form,
             std::string description) {
    Field field;
    field.key = std::move(key);
    field.description = std::move(description);
    field.read = [member, form](Reader& reader, const yaml::Node& node, const std::string& path,
                                T& out) { return form->Read(reader, node, path, out.*member); };
    field.schema = [form] { return form->Schema(); };
    fields_.push_back(std::move(field));
    return fields_.back();
  }

  void ReadMembers(Reader& reader, const yaml::Node& node, const std::string& path, T& out,
                   std::set<std::string>& failed) const {
    for (const yaml::Member& member : node.members) {
      const Field* known = nullptr;
      for (const Field& field : fields_) {
        if (field.key == member.key) known = &field;
      }
      const std::string member_path = yaml::PathKey(path, member.key);
      if (known == nullptr) {
        reader.Mistake(member.key_span, member_path,
                       "unknown key \"" + member.key + "\"" + Suggest(member.key, Keys()));
        continue;
      }
      const bool nothing = member.value.kind == yaml::Kind::kNull;
      const bool scalar = member.value.is_scalar() && !nothing;
      reader.Place(member_path, scalar ? member.value.span : member.key_span);
      yaml::Node null;
      null.span = member.key_span;  // An empty value has no extent to point at.
      if (!known->read(reader, nothing ? null : member.value, member_path, out)) {
        failed.insert(member.key);
      }
    }
  }

  bool Fill(Reader& reader, const Field& field, const std::string& path, T& out) const {
    const std::optional<DefaultText> filled = field.fill(out);
    if (!filled) return true;
    const std::string field_path = yaml::PathKey(path, field.key);
    if (!field.read(reader, yaml::ResolvePlain(filled->text), field_path, out)) return false;
    reader.Filled(field_path, filled->text, filled->why);
    return true;
  }

  std::string description_;
  std::vector<Field> fields_;
  std::vector<std::pair<std::set<std::string>, Check>> checks_;
};

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_BINDER_H_
