#include "templates/impl/ast.h"

namespace hinomi::templates::impl {
namespace {

std::string Joined(const std::vector<std::string>& names, std::string_view before) {
  std::string out;
  for (const std::string& name : names) out += std::string(before) + name;
  return out;
}

std::string PipeText(const Node& pipe) {
  std::string out;
  for (size_t i = 0; i < pipe.names.size(); ++i) out += (i > 0 ? ", " : "") + pipe.names[i];
  if (!pipe.names.empty()) out += pipe.assigns ? " = " : " := ";
  for (size_t i = 0; i < pipe.children.size(); ++i)
    out += (i > 0 ? " | " : "") + NodeText(*pipe.children[i]);
  return out;
}

std::string CommandText(const Node& command) {
  std::string out;
  for (size_t i = 0; i < command.children.size(); ++i) {
    const Node& operand = *command.children[i];
    if (i > 0) out += ' ';
    out += operand.kind == Node::Kind::kPipe ? "(" + PipeText(operand) + ")" : NodeText(operand);
  }
  return out;
}

}  // namespace

std::string NodeText(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kPipe:
      return PipeText(node);
    case Node::Kind::kCommand:
      return CommandText(node);
    case Node::Kind::kVariable: {
      std::string out = node.names.front();
      for (size_t i = 1; i < node.names.size(); ++i) out += "." + node.names[i];
      return out;
    }
    case Node::Kind::kField:
      return Joined(node.names, ".");
    case Node::Kind::kChain: {
      const Node& base = *node.children.front();
      const std::string text = NodeText(base);
      return (base.kind == Node::Kind::kPipe ? "(" + text + ")" : text) + Joined(node.names, ".");
    }
    case Node::Kind::kDot:
      return ".";
    case Node::Kind::kNil:
      return "nil";
    case Node::Kind::kTemplate:
      return "{{template \"" + node.text + "\"" +
             (node.children.empty() ? "" : " " + PipeText(*node.children.front())) + "}}";
    default:
      return node.text;
  }
}

}  // namespace hinomi::templates::impl
