#ifndef HINOMI_POLICY_YAML_H_
#define HINOMI_POLICY_YAML_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/source_text.h"

/// YAML with positions: libyaml's events made into a tree of our own. One
/// document a file; duplicate and merge keys, tags and unbounded aliases are
/// refused, each with its place. Scalars follow the core schema of YAML 1.2
/// (https://yaml.org/spec/1.2.2/#103-core-schema): `on`, `no` and `12:30:45`
/// are text. So is `0777`, which YAML 1.1 and 1.2 read as different numbers.
namespace hinomi::policy::yaml {

enum class Kind { kNull, kBool, kInt, kFloat, kText, kSequence, kMapping };
/// With its article, as in messages: "a number", "a list", "a mapping", …
std::string_view KindName(Kind kind);

struct Member;

/// A value and where it stands. An alias is a copy of what it names, with that
/// one's positions.
struct Node {
  Kind kind = Kind::kNull;
  Span span;
  std::string text;  ///< Of a scalar, decoded; of numbers as written.
  bool boolean = false;
  double number = 0;  ///< Of kInt and kFloat.
  std::vector<Node> items;
  std::vector<Member> members;  ///< In the order of the file, keys unique.

  bool is_scalar() const { return kind != Kind::kSequence && kind != Kind::kMapping; }
  /// Value under a key of a mapping, or null.
  const Member* Find(std::string_view key) const;
};

struct Member {
  std::string key;
  Span key_span;
  Node value;
};

/// What stands in the way, and where.
struct Problem {
  Span span;
  std::string path;  ///< Of the mapping or list it stands in, "" at the top.
  std::string message;
};

struct Limits {
  size_t depth = 64;
  size_t aliases = 1'000;
  size_t nodes = 200'000;  ///< With copies made for aliases.
  size_t problems = 100;
};

struct Document {
  Node root;  ///< kNull for an empty file.
  std::vector<Problem> problems;
  /// False where the parser had to stop: the tree is then a part.
  bool complete = true;
};

/// Reads one document. Never fails: what is wrong stands in `problems`, all of
/// it except what hides behind a syntax error.
Document Parse(const SourceText& source, const Limits& limits = {});

/// A plain (unquoted) scalar by the core schema, without a place.
Node ResolvePlain(std::string_view text);

/// "alarms" + "name" = "alarms.name"; a key with other characters than letters,
/// digits, "_" and "-" is quoted: `resources["/ecs/app"]`.
std::string PathKey(std::string_view path, std::string_view key);
std::string PathIndex(std::string_view path, size_t index);

}  // namespace hinomi::policy::yaml

#endif  // HINOMI_POLICY_YAML_H_
