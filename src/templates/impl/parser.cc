#include "templates/impl/parser.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/strings.h"
#include "templates/impl/functions.h"
#include "templates/impl/lexer.h"

namespace hinomi::templates::impl {
namespace {

using Kind = Node::Kind;
using Sign = Token::Kind;

// Parentheses and control structures within one another.
constexpr int kDeepest = 100;

bool IsDoubleText(std::string_view text) {
  return !text.starts_with("0x") && text.find_first_of(".eEpP") != std::string_view::npos;
}

std::optional<int64_t> IntegerOf(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 2 && text[0] == '0') {
    const char kind = static_cast<char>(text[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
    if (base != 10) text.remove_prefix(2);
  }
  std::string digits;  // 1_000 is a thousand.
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != '_'; });
  int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return negative ? -value : value;
}

/// A number or a character constant.
std::optional<Value> NumberOf(std::string_view text) {
  if (text.starts_with('\'')) {
    const auto one = Unquote("\"" + std::string(text.substr(1, text.size() - 2)) + "\"");
    if (!one || one->empty()) return std::nullopt;
    return Value(static_cast<int64_t>(static_cast<unsigned char>((*one)[0])));
  }
  if (const auto integer = IntegerOf(text); integer && !IsDoubleText(text)) return Value(*integer);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (const auto number = ParseDouble(text)) return Value(*number);
  return std::nullopt;
}

class Parser {
 public:
  Parser(Program& program, std::vector<Token> tokens)
      : program_(program), tokens_(std::move(tokens)) {}

  ParseProblem Run() {
    program_.root = ListUntilEnd(nullptr);
    return problem_;
  }

 private:
  const Token& Peek() const { return tokens_[at_]; }
  const Token& PeekPastSpace() {
    while (Peek().kind == Sign::kSpace) ++at_;
    return Peek();
  }
  Token Take() {
    const Token token = tokens_[at_];
    if (token.kind != Sign::kEnd) ++at_;
    return token;
  }
  bool failed() const { return !problem_.message.empty(); }
  NodePtr Fail(size_t offset, std::string message) {
    if (!failed()) problem_ = {offset, std::move(message)};
    return nullptr;
  }
  NodePtr Unexpected(const Token& token, const std::string& where) {
    if (token.kind == Sign::kEnd) return Fail(token.offset, "unexpected EOF");
    return Fail(token.offset, "unexpected \"" + std::string(token.text) + "\" in " + where);
  }
  static NodePtr Make(Kind kind, size_t offset) { return std::make_unique<Node>(kind, offset); }

  /// Up to {{end}}, or {{else}} where `else_at` wants to know where that stands; null: to the
  /// end of the text.
  Nodes ListUntilEnd(std::optional<Token>* stop) {
    Nodes list;
    while (!failed()) {
      const Token token = Take();
      if (token.kind == Sign::kEnd) {
        if (stop != nullptr) Unexpected(token, "a list");
        break;
      }
      if (token.kind == Sign::kText) {
        list.push_back(Make(Kind::kText, token.offset));
        list.back()->text = token.text;
        continue;
      }
      const Token& word = PeekPastSpace();
      if (word.kind == Sign::kKeyword && (word.text == "end" || word.text == "else")) {
        if (stop == nullptr) {
          Unexpected(word, "the text: nothing is open here");
          break;
        }
        *stop = Take();
        break;
      }
      if (NodePtr node = Action(token)) list.push_back(std::move(node));
    }
    return list;
  }

  void Close(const std::string& where) {
    const Token& token = PeekPastSpace();
    if (token.kind != Sign::kClose) {
      Unexpected(token, where);
      return;
    }
    Take();
  }

  /// What stands behind "{{".
  NodePtr Action(const Token& open) {
    const Token word = PeekPastSpace();
    if (word.kind != Sign::kKeyword) {
      NodePtr action = Make(Kind::kAction, open.offset);
      action->offset = word.offset;
      action->children.push_back(Pipe("command", Sign::kClose));
      return action;
    }
    Take();
    if (word.text == "if") return Control(Kind::kIf, word);
    if (word.text == "range") return Control(Kind::kRange, word);
    if (word.text == "with") return Control(Kind::kWith, word);
    if (word.text == "template") return Include();
    if (word.text == "define" || word.text == "block") return Define(word);
    return Leave(word);
  }

  NodePtr Leave(const Token& word) {
    if (range_depth_ == 0)
      return Fail(word.offset, "{{" + std::string(word.text) + "}} outside {{range}}");
    Close(std::string(word.text));
    return Make(word.text == "break" ? Kind::kBreak : Kind::kContinue, word.offset);
  }

  NodePtr Control(Kind kind, const Token& word) {
    if (++depth_ > kDeepest) return Fail(word.offset, "too deep");
    const size_t variables = variables_.size();
    NodePtr node = Make(kind, word.offset);
    node->children.push_back(Pipe(std::string(word.text), Sign::kClose));
    if (kind == Kind::kRange) ++range_depth_;
    std::optional<Token> stop;
    node->list = ListUntilEnd(&stop);
    if (kind == Kind::kRange) --range_depth_;
    if (stop && stop->text == "else")
      TakeElse(*node, word);
    else
      Close("end");
    variables_.resize(variables);
    --depth_;
    return node;
  }

  /// Behind "else": "else if" and "else with" are one more control structure with the same end.
  void TakeElse(Node& node, const Token& word) {
    node.has_else = true;
    const Token next = PeekPastSpace();
    if (next.kind == Sign::kKeyword && next.text == word.text && word.text != "range") {
      Take();
      node.else_list.push_back(Control(node.kind, next));
      return;
    }
    Close("else");
    std::optional<Token> stop;
    node.else_list = ListUntilEnd(&stop);
    if (stop && stop->text == "else") Fail(stop->offset, "expected end; found {{else}}");
    Close("end");
  }

  std::string Name(const char* where) {
    const Token name = PeekPastSpace();
    Take();
    const auto text = name.kind == Sign::kString ? Unquote(name.text) : std::nullopt;
    if (!text) Unexpected(name, where);
    return text.value_or("");
  }

  NodePtr Include() {
    NodePtr node = Make(Kind::kTemplate, PeekPastSpace().offset);
    node->text = Name("template clause");
    if (PeekPastSpace().kind == Sign::kClose) {
      Take();
    } else {
      node->children.push_back(Pipe("template clause", Sign::kClose));
    }
    return node;
  }

  /// {{define}} stands outside of everything else; {{block}} is one that is used at once.
  NodePtr Define(const Token& word) {
    if (++depth_ > kDeepest) return Fail(word.offset, "too deep");
    const bool block = word.text == "block";
    if (!block && depth_ > 1) return Unexpected(word, "a list: {{define}} stands at the top only");
    NodePtr use = Make(Kind::kTemplate, word.offset);
    use->text = Name("define clause");
    if (block)
      use->children.push_back(Pipe("block clause", Sign::kClose));
    else
      Close("define clause");
    const std::vector<std::string> outside = std::exchange(variables_, {"$"});
    std::optional<Token> stop;
    Nodes list = ListUntilEnd(&stop);
    if (stop && stop->text == "else") Unexpected(*stop, "define clause");
    Close("end");
    variables_ = outside;
    program_.defined[use->text] = std::move(list);
    --depth_;
    return block ? std::move(use) : nullptr;
  }

  NodePtr Pipe(const std::string& where, Sign end) {
    if (++depth_ > kDeepest) return Fail(Peek().offset, "too deep");
    NodePtr pipe = Make(Kind::kPipe, PeekPastSpace().offset);
    Declarations(*pipe, where);
    while (!failed()) {
      const Token token = PeekPastSpace();
      if (token.kind == end) {
        Take();
        CheckPipe(*pipe, token, where);
        break;
      }
      if (NodePtr command = Command(where)) pipe->children.push_back(std::move(command));
    }
    --depth_;
    return pipe;
  }

  void Declarations(Node& pipe, const std::string& where) {
    for (;;) {
      const size_t back = at_;
      if (PeekPastSpace().kind != Sign::kVariable) return;
      const Token variable = Take();
      const Token next = PeekPastSpace();
      const bool comma = next.kind == Sign::kComma;
      if (!comma && next.kind != Sign::kAssign && next.kind != Sign::kDeclare) {
        at_ = back;
        return;
      }
      Take();
      if (next.kind == Sign::kAssign && !IsKnown(variable.text)) Variable(variable);
      pipe.names.emplace_back(variable.text);
      variables_.emplace_back(variable.text);
      pipe.assigns = next.kind == Sign::kAssign;
      if (!comma) return;
      if (where != "range" || pipe.names.size() > 1) {
        Fail(variable.offset, "too many declarations in " + where);
        return;
      }
    }
  }

  void CheckPipe(const Node& pipe, const Token& end, const std::string& where) {
    if (pipe.children.empty()) Fail(end.offset, "missing value for " + where);
    for (size_t i = 1; i < pipe.children.size(); ++i) {
      const Node& first = *pipe.children[i]->children.front();
      if (first.kind == Kind::kConstant || first.kind == Kind::kDot || first.kind == Kind::kNil) {
        Fail(first.offset, "non executable command in pipeline stage " + std::to_string(i + 1));
      }
    }
  }

  NodePtr Command(const std::string& where) {
    NodePtr command = Make(Kind::kCommand, PeekPastSpace().offset);
    while (!failed()) {
      PeekPastSpace();
      if (NodePtr operand = Operand()) command->children.push_back(std::move(operand));
      if (failed()) return nullptr;
      const Token& token = Peek();
      if (token.kind == Sign::kSpace) continue;
      if (token.kind == Sign::kPipe)
        Take();
      else if (token.kind != Sign::kClose && token.kind != Sign::kRightParen)
        return Unexpected(token, command->children.empty() ? where : "operand");
      break;
    }
    if (command->children.empty()) return Fail(command->offset, "empty command");
    return command;
  }

  NodePtr Operand() {
    NodePtr node = Term();
    if (!node || Peek().kind != Sign::kField) return node;
    const size_t offset = Peek().offset;
    std::vector<std::string> fields;
    while (Peek().kind == Sign::kField) fields.emplace_back(Take().text.substr(1));
    if (node->kind == Kind::kField || node->kind == Kind::kVariable) {
      node->offset = offset;
      node->names.insert(node->names.end(), fields.begin(), fields.end());
      return node;
    }
    if (node->kind == Kind::kConstant || node->kind == Kind::kDot || node->kind == Kind::kNil)
      return Fail(offset, "unexpected . after term \"" + NodeText(*node) + "\"");
    NodePtr chain = Make(Kind::kChain, offset);
    chain->names = std::move(fields);
    chain->children.push_back(std::move(node));
    return chain;
  }

  NodePtr Term() {
    const Token token = PeekPastSpace();
    switch (token.kind) {
      case Sign::kIdentifier:
        return Function(Take());
      case Sign::kDot:
        Take();
        return Make(Kind::kDot, token.offset);
      case Sign::kNil:
        Take();
        return Make(Kind::kNil, token.offset);
      case Sign::kVariable:
        return Variable(Take());
      case Sign::kField: {
        Take();
        NodePtr field = Make(Kind::kField, token.offset);
        field->names.emplace_back(token.text.substr(1));
        return field;
      }
      case Sign::kBool:
      case Sign::kNumber:
      case Sign::kString:
        return Constant(Take());
      case Sign::kLeftParen:
        Take();
        return Pipe("parenthesized pipeline", Sign::kRightParen);
      default:
        return nullptr;
    }
  }

  NodePtr Function(const Token& token) {
    const std::string name(token.text);
    if (FindFunction(name) == nullptr) {
      const std::vector<std::string> names = FunctionNames();
      const auto nearest = NearestName(name, names);
      return Fail(token.offset, "function \"" + name + "\" not defined" +
                                    (nearest ? "; did you mean \"" + *nearest + "\"?" : ""));
    }
    if (name == "query") program_.queries = true;
    NodePtr node = Make(Kind::kIdentifier, token.offset);
    node->text = name;
    return node;
  }

  bool IsKnown(std::string_view variable) const {
    return std::ranges::find(variables_, variable) != variables_.end();
  }

  NodePtr Variable(const Token& token) {
    const std::string name(token.text);
    if (!IsKnown(name)) {
      const auto nearest = NearestName(name, variables_);
      return Fail(token.offset, "undefined variable \"" + name + "\"" +
                                    (nearest ? "; did you mean \"" + *nearest + "\"?" : ""));
    }
    NodePtr node = Make(Kind::kVariable, token.offset);
    node->names.push_back(name);
    return node;
  }

  NodePtr Constant(const Token& token) {
    NodePtr node = Make(Kind::kConstant, token.offset);
    node->text = token.text;
    if (token.kind == Sign::kBool) {
      node->constant = Value(token.text == "true");
    } else if (token.kind == Sign::kString) {
      const auto text = Unquote(token.text);
      if (!text) return Fail(token.offset, "invalid syntax in " + std::string(token.text));
      node->constant = Value(*text);
    } else {
      const auto number = NumberOf(token.text);
      if (!number) return Fail(token.offset, "illegal number syntax: \"" + node->text + "\"");
      node->constant = *number;
    }
    return node;
  }

  Program& program_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  int range_depth_ = 0;
  std::vector<std::string> variables_ = {"$"};
  ParseProblem problem_;
};

void AppendUtf8(std::string& out, uint32_t rune) {
  const auto add = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (rune < 0x80) {
    add(rune);
  } else if (rune < 0x800) {
    add(0xC0 | (rune >> 6));
    add(0x80 | (rune & 0x3F));
  } else if (rune < 0x10000) {
    add(0xE0 | (rune >> 12));
    add(0x80 | ((rune >> 6) & 0x3F));
    add(0x80 | (rune & 0x3F));
  } else {
    add(0xF0 | (rune >> 18));
    add(0x80 | ((rune >> 12) & 0x3F));
    add(0x80 | ((rune >> 6) & 0x3F));
    add(0x80 | (rune & 0x3F));
  }
}

/// A number of so many digits at `at`, which goes behind them.
std::optional<uint32_t> Digits(std::string_view text, size_t& at, size_t count, int base) {
  if (at + count > text.size()) return std::nullopt;
  uint32_t value = 0;
  const char* end = text.data() + at + count;
  const auto read = std::from_chars(text.data() + at, end, value, base);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  at += count;
  return value;
}

bool AppendEscape(std::string_view body, size_t& at, std::string& out) {
  constexpr std::string_view kNames = "abfnrtv\\'\"", kBytes = "\a\b\f\n\r\t\v\\'\"";
  if (at >= body.size()) return false;
  const char c = body[at];
  if (const size_t simple = kNames.find(c); simple != std::string_view::npos) {
    ++at;
    out += kBytes[simple];
    return true;
  }
  const bool octal = c >= '0' && c <= '7';
  if (!octal) ++at;
  const size_t count = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (count == 0) return false;
  const auto value = Digits(body, at, count, octal ? 8 : 16);
  if (!value || *value > 0x10FFFF) return false;
  if (octal || c == 'x')
    out += static_cast<char>(*value);
  else
    AppendUtf8(out, *value);
  return true;
}

}  // namespace

std::optional<std::string> Unquote(std::string_view quoted) {
  if (quoted.size() < 2) return std::nullopt;
  const std::string_view body = quoted.substr(1, quoted.size() - 2);
  std::string out;
  if (quoted.front() == '`') {
    std::ranges::copy_if(body, std::back_inserter(out), [](char c) { return c != '\r'; });
    return out;
  }
  for (size_t at = 0; at < body.size();) {
    if (body[at] != '\\') {
      out += body[at++];
      continue;
    }
    ++at;
    if (!AppendEscape(body, at, out)) return std::nullopt;
  }
  return out;
}

std::variant<std::shared_ptr<const Program>, ParseProblem> ParseProgram(std::string name,
                                                                        std::string text) {
  auto program = std::make_shared<Program>();
  program->name = std::move(name);
  program->source = std::move(text);
  auto tokens = Tokenize(program->source);
  if (auto* problem = std::get_if<ParseProblem>(&tokens)) return std::move(*problem);
  ParseProblem problem = Parser(*program, std::get<0>(std::move(tokens))).Run();
  if (!problem.message.empty()) return problem;
  return std::shared_ptr<const Program>(std::move(program));
}

}  // namespace hinomi::templates::impl
