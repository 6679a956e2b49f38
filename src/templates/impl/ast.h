#ifndef HINOMI_TEMPLATES_IMPL_AST_H_
#define HINOMI_TEMPLATES_IMPL_AST_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "templates/value.h"

/// The tree that Go's text/template/parse makes, with its positions: messages show them.
namespace hinomi::templates::impl {

struct Node;
using NodePtr = std::unique_ptr<Node>;
using Nodes = std::vector<NodePtr>;

struct Node {
  enum class Kind {
    // Of lists.
    kText,      ///< `text`.
    kAction,    ///< A pipe in `children[0]`.
    kIf,        ///< `children[0]` the pipe; `list`, `else_list`.
    kRange,     ///< The same.
    kWith,      ///< The same.
    kTemplate,  ///< `text` its name; a pipe in `children[0]` or nothing.
    kBreak,
    kContinue,
    // Of pipes.
    kPipe,        ///< `names` declared or assigned; commands in `children`.
    kCommand,     ///< Operands in `children`.
    kIdentifier,  ///< `text`: a function.
    kVariable,    ///< `names`: "$x" and then fields.
    kField,       ///< `names`: fields of dot.
    kChain,       ///< `names`: fields of `children[0]`.
    kDot,
    kNil,
    kConstant,  ///< `text` as written, `constant`.
  };
  Node(Kind what, size_t where) : kind(what), offset(where) {}

  Kind kind;
  size_t offset;  ///< In bytes, in the whole text.
  std::string text;
  std::vector<std::string> names;
  bool assigns = false;  ///< Of a pipe: "=" instead of ":=".
  Value constant;
  Nodes children;
  Nodes list;
  Nodes else_list;
  bool has_else = false;
};

/// As Go writes a node of a pipe in its messages.
std::string NodeText(const Node& node);

/// A parsed text.
struct Program {
  std::string name;
  std::string source;
  Nodes root;
  std::map<std::string, Nodes> defined;  ///< By {{define}} and {{block}}.
  bool queries = false;
};

}  // namespace hinomi::templates::impl

#endif  // HINOMI_TEMPLATES_IMPL_AST_H_
