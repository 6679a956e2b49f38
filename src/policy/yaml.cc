#include "policy/yaml.h"

#include <yaml.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/strings.h"
#include "policy/impl/yaml_syntax.h"

namespace hinomi::policy::yaml {
namespace {

/// Owns one event of libyaml.
class Event {
 public:
  Event() { event_.type = YAML_NO_EVENT; }
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  yaml_event_t* raw() { return &event_; }
  yaml_event_type_t type() const { return event_.type; }
  Span span() const { return impl::ToSpan(event_.start_mark, event_.end_mark); }

  std::string_view text() const {
    return {reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length};
  }
  bool plain() const { return event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE; }

  std::string_view anchor() const {
    switch (event_.type) {
      case YAML_SCALAR_EVENT:
        return View(event_.data.scalar.anchor);
      case YAML_SEQUENCE_START_EVENT:
        return View(event_.data.sequence_start.anchor);
      case YAML_MAPPING_START_EVENT:
        return View(event_.data.mapping_start.anchor);
      case YAML_ALIAS_EVENT:
        return View(event_.data.alias.anchor);
      default:
        return {};
    }
  }
  std::string_view tag() const {
    switch (event_.type) {
      case YAML_SCALAR_EVENT:
        return View(event_.data.scalar.tag);
      case YAML_SEQUENCE_START_EVENT:
        return View(event_.data.sequence_start.tag);
      case YAML_MAPPING_START_EVENT:
        return View(event_.data.mapping_start.tag);
      default:
        return {};
    }
  }

 private:
  static std::string_view View(const yaml_char_t* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
  }
  yaml_event_t event_;
};

/// Makes the tree. Every method returns false when parsing has to stop.
class Builder {
 public:
  Builder(const SourceText& source, const Limits& limits) : source_(source), limits_(limits) {
    ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    std::string_view text = source.text();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Builder() {
    if (ready_) yaml_parser_delete(&parser_);
  }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  Document Run() {
    if (!ready_) {
      Report({}, "", "there is not enough memory to read this file");
      document_.complete = false;
    } else if (!ReadStream()) {
      document_.complete = false;
    }
    return std::move(document_);
  }

 private:
  bool ReadStream() {
    bool seen = false;
    while (true) {
      Event event;
      if (!Next(event)) return false;
      switch (event.type()) {
        case YAML_STREAM_END_EVENT:
          return true;
        case YAML_DOCUMENT_START_EVENT: {
          if (seen) {
            Report(
                event.span(), "",
                "a second YAML document begins here; only one a file is read: remove the \"---\" "
                "and what follows, or put it into a file of its own");
            return false;
          }
          seen = true;
          Event first;
          if (!Next(first) || !ReadNode(first, "", 1, document_.root)) return false;
          break;
        }
        default:
          break;
      }
    }
  }

  bool Next(Event& event) {
    if (yaml_parser_parse(&parser_, event.raw()) != 0) return true;
    const impl::SyntaxProblem problem = impl::ExplainSyntax(parser_, source_);
    Report(problem.span, "", problem.message);
    return false;
  }

  void Report(const Span& span, std::string path, std::string message) {
    if (document_.problems.size() >= limits_.problems) return;
    document_.problems.push_back({span, std::move(path), std::move(message)});
  }

  bool Count(const Span& span, const std::string& path, size_t nodes) {
    nodes_ += nodes;
    if (nodes_ <= limits_.nodes) return true;
    Report(span, path,
           "more than " + std::to_string(limits_.nodes) +
               " values, aliases counted by what they stand for; split the file or use fewer "
               "aliases");
    return false;
  }

  bool ReadNode(Event& event, const std::string& path, size_t depth, Node& node) {
    if (depth > limits_.depth) {
      Report(event.span(), path,
             "nested more than " + std::to_string(limits_.depth) + " levels deep");
      return false;
    }
    if (event.type() == YAML_ALIAS_EVENT) return ReadAlias(event, path, depth, node);
    const std::string anchor(event.anchor());
    const size_t before = nodes_;
    if (!Count(event.span(), path, 1)) return false;
    if (!event.tag().empty()) {
      Report(event.span(), path,
             "the tag \"" + std::string(event.tag()) +
                 "\" is not supported; remove it (and quote the value if it is to be text)");
    }
    bool ok = true;
    if (event.type() == YAML_SEQUENCE_START_EVENT) {
      ok = ReadSequence(event, path, depth, node);
    } else if (event.type() == YAML_MAPPING_START_EVENT) {
      ok = ReadMapping(event, path, depth, node);
    } else {
      if (event.plain()) {
        node = ResolvePlain(event.text());
      } else {
        node.kind = Kind::kText;
        node.text = event.text();
      }
      node.span = event.span();
    }
    if (ok && !anchor.empty()) anchors_[anchor] = {node, nodes_ - before};
    return ok;
  }

  static size_t Depth(const Node& node) {
    size_t deepest = 0;
    for (const Node& item : node.items) deepest = std::max(deepest, Depth(item));
    for (const Member& member : node.members) deepest = std::max(deepest, Depth(member.value));
    return deepest + 1;
  }

  bool ReadAlias(Event& event, const std::string& path, size_t depth, Node& node) {
    const auto found = anchors_.find(event.anchor());
    if (found == anchors_.end()) {
      Report(event.span(), path,
             "the alias *" + std::string(event.anchor()) + " has no anchor &" +
                 std::string(event.anchor()) + " before it");
      node.span = event.span();
      return true;
    }
    if (++aliases_ > limits_.aliases) {
      Report(event.span(), path,
             "more than " + std::to_string(limits_.aliases) + " aliases in one file");
      return false;
    }
    if (!Count(event.span(), path, found->second.nodes)) return false;
    if (depth + Depth(found->second.node) - 1 > limits_.depth) {
      Report(event.span(), path,
             "nested more than " + std::to_string(limits_.depth) + " levels deep");
      return false;
    }
    node = found->second.node;
    return true;
  }

  bool ReadSequence(Event& start, const std::string& path, size_t depth, Node& node) {
    node.kind = Kind::kSequence;
    node.span = start.span();
    while (true) {
      Event event;
      if (!Next(event)) return false;
      if (event.type() == YAML_SEQUENCE_END_EVENT) {
        node.span.end = event.span().end;
        return true;
      }
      const std::string item_path = PathIndex(path, node.items.size());
      Node item;
      if (!ReadNode(event, item_path, depth + 1, item)) return false;
      node.items.push_back(std::move(item));
    }
  }

  bool ReadMapping(Event& start, const std::string& path, size_t depth, Node& node) {
    node.kind = Kind::kMapping;
    node.span = start.span();
    std::map<std::string, Span, std::less<>> seen;
    while (true) {
      Event key;
      if (!Next(key)) return false;
      if (key.type() == YAML_MAPPING_END_EVENT) {
        node.span.end = key.span().end;
        return true;
      }
      Member member;
      member.key_span = key.span();
      const bool scalar = key.type() == YAML_SCALAR_EVENT;
      if (scalar) {
        member.key = key.text();
      } else {
        Node ignored;
        if (!ReadNode(key, path, depth + 1, ignored)) return false;
        Report(member.key_span, path, "a key must be plain text, not a list, mapping or alias");
      }
      Event event;
      if (!Next(event)) return false;
      if (!ReadNode(event, PathKey(path, member.key), depth + 1, member.value)) return false;
      if (scalar && KeepMember(key, path, member, seen)) {
        node.members.push_back(std::move(member));
      }
    }
  }

  bool KeepMember(const Event& key, const std::string& path, const Member& member,
                  std::map<std::string, Span, std::less<>>& seen) {
    if (member.key == "<<" && key.plain()) {
      Report(member.key_span, path,
             "merge keys (<<) are not supported: write the keys out, or use an alias for a whole "
             "value");
      return false;
    }
    const auto [first, added] = seen.emplace(member.key, member.key_span);
    if (added) return true;
    const Mark mark = first->second.start;
    Report(member.key_span, path,
           "the key \"" + member.key + "\" stands here a second time; the first is at line " +
               std::to_string(mark.line) + ", column " + std::to_string(mark.column) +
               ": remove one of them");
    return false;
  }

  struct Anchor {
    Node node;
    size_t nodes = 0;
  };

  const SourceText& source_;
  const Limits limits_;
  yaml_parser_t parser_;
  bool ready_ = false;
  Document document_;
  std::map<std::string, Anchor, std::less<>> anchors_;
  size_t nodes_ = 0;
  size_t aliases_ = 0;
};

/// The first byte that is no UTF-8.
std::optional<size_t> FirstBadByte(std::string_view text) {
  if (IsValidUtf8(text)) return std::nullopt;
  size_t good = 0;
  size_t bad = text.size();
  // The longest good prefix that ends between characters, by halving; then on
  // by single bytes, since a prefix may end inside a character.
  while (bad - good > 8) {
    size_t middle = good + (bad - good) / 2;
    size_t back = 0;
    while (back < 3 && middle > good && (static_cast<unsigned char>(text[middle]) & 0xC0) == 0x80) {
      --middle;
      ++back;
    }
    if (middle == good) break;
    (IsValidUtf8(text.substr(good, middle - good)) ? good : bad) = middle;
  }
  for (size_t end = good + 1; end <= text.size(); ++end) {
    if (IsValidUtf8(text.substr(good, end - good))) {
      good = end;
    } else if (end - good >= 4) {
      break;
    }
  }
  return good;
}

}  // namespace

Document Parse(const SourceText& source, const Limits& limits) {
  if (const auto bad = FirstBadByte(source.text())) {
    Document document;
    const Mark mark = source.MarkOfByte(*bad);
    document.problems.push_back(
        {{mark, mark}, "", "this is not UTF-8: save the file in the encoding UTF-8"});
    document.complete = false;
    return document;
  }
  return Builder(source, limits).Run();
}

}  // namespace hinomi::policy::yaml
