#include "metrics/relabel.h"

#include <openssl/evp.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cwctype>

#include "base/strings.h"
#include "base/unicode.h"
#include "metrics/regex_template.h"

namespace hinomi::metrics {
namespace {

using Action = RelabelAction;

const std::string& WordOf(Action action) {
  const auto& actions = RelabelActions();
  return std::find_if(actions.begin(), actions.end(),
                      [&](const auto& named) { return named.second == action; })
      ->first;
}

std::string Anchored(const std::string& regex) {
  return "^(?s:" + regex + ")$";
}

/// The last eight bytes of the MD5, as Prometheus' hashmod: targets fall into the same
/// shards.
uint64_t ShardHash(std::string_view text) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  HN_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) == 1);
  uint64_t hash = 0;
  for (size_t i = 8; i < 16; ++i) hash = hash << 8 | digest[i];
  return hash;
}

/// Letter by letter, by Unicode whatever the process' locale is; what is no UTF-8 stays.
std::string InCase(std::string_view text, wint_t (*change)(wint_t, locale_t)) {
  static const locale_t unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::string out;
  while (!text.empty()) {
    const CodePoint letter = DecodeUtf8(text);
    if (letter.length == 0 || unicode == nullptr) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    AppendUtf8(out, static_cast<uint32_t>(change(letter.value, unicode)));
    text.remove_prefix(letter.length);
  }
  return out;
}

bool HasTarget(Action action) {
  switch (action) {
    case Action::kReplace:
    case Action::kKeepEqual:
    case Action::kDropEqual:
    case Action::kHashMod:
    case Action::kLowercase:
    case Action::kUppercase:
      return true;
    default:
      return false;
  }
}

/// Keys that an action does not read, where they are set all the same.
std::optional<RelabelMistake> FindSpareKey(const RelabelRule& rule) {
  static const RelabelRule kDefaults;
  const bool by_name = rule.action == Action::kLabelDrop || rule.action == Action::kLabelKeep;
  const bool equal = rule.action == Action::kKeepEqual || rule.action == Action::kDropEqual;
  const bool letters = rule.action == Action::kLowercase || rule.action == Action::kUppercase;
  const auto spare = [&](const char* key) {
    const char* reads = by_name ? "only \"regex\""
                        : equal ? "only \"source_labels\" and \"target_label\""
                                : "no \"replacement\"";
    return RelabelMistake{key, "the action " + WordOf(rule.action) + " reads " + reads};
  };
  if (by_name && !rule.source_labels.empty()) return spare("source_labels");
  if (by_name && !rule.target_label.empty()) return spare("target_label");
  if (equal && rule.regex != kDefaults.regex) return spare("regex");
  if ((by_name || equal) && rule.separator != kDefaults.separator) return spare("separator");
  if ((by_name || equal) && rule.modulus != 0) return spare("modulus");
  if ((by_name || equal || letters) && rule.replacement != kDefaults.replacement)
    return spare("replacement");
  return std::nullopt;
}

}  // namespace

const std::vector<std::pair<std::string, RelabelAction>>& RelabelActions() {
  static const std::vector<std::pair<std::string, Action>> actions = {
      {"replace", Action::kReplace},     {"keep", Action::kKeep},
      {"drop", Action::kDrop},           {"keepequal", Action::kKeepEqual},
      {"dropequal", Action::kDropEqual}, {"hashmod", Action::kHashMod},
      {"labelmap", Action::kLabelMap},   {"labeldrop", Action::kLabelDrop},
      {"labelkeep", Action::kLabelKeep}, {"lowercase", Action::kLowercase},
      {"uppercase", Action::kUppercase}};
  return actions;
}

std::optional<RelabelMistake> FindRelabelMistake(const RelabelRule& rule) {
  const RE2 regex(Anchored(rule.regex), RE2::Quiet);
  if (!regex.ok())
    return RelabelMistake{"regex", "expected a regular expression (RE2): " + regex.error()};
  if (HasTarget(rule.action) && rule.target_label.empty())
    return RelabelMistake{"target_label",
                          "the action " + WordOf(rule.action) + " needs \"target_label\""};
  if (rule.action == Action::kHashMod && rule.modulus == 0)
    return RelabelMistake{"modulus", "the action hashmod needs a \"modulus\" above 0"};
  if (rule.action == Action::kLabelMap && rule.replacement.empty())
    return RelabelMistake{"replacement", "the action labelmap needs the name of a label"};
  return FindSpareKey(rule);
}

/// A rule with its regular expression.
class RelabelRules::Step {
 public:
  explicit Step(const RelabelRule& rule)
      : rule_(rule), regex_(std::make_shared<RE2>(Anchored(rule.regex), RE2::Quiet)) {}

  bool Apply(Labels& labels) const {
    switch (rule_.action) {
      case Action::kKeep:
        return Matches(Source(labels));
      case Action::kDrop:
        return !Matches(Source(labels));
      case Action::kKeepEqual:
        return Source(labels) == labels.Get(rule_.target_label);
      case Action::kDropEqual:
        return Source(labels) != labels.Get(rule_.target_label);
      case Action::kReplace:
        Replace(labels);
        break;
      case Action::kHashMod:
        labels.Set(rule_.target_label, std::to_string(ShardHash(Source(labels)) % rule_.modulus));
        break;
      case Action::kLowercase:
        labels.Set(rule_.target_label, InCase(Source(labels), ::towlower_l));
        break;
      case Action::kUppercase:
        labels.Set(rule_.target_label, InCase(Source(labels), ::towupper_l));
        break;
      case Action::kLabelMap:
        Map(labels);
        break;
      case Action::kLabelDrop:
      case Action::kLabelKeep:
        Thin(labels);
        break;
    }
    return true;
  }

 private:
  std::string Source(const Labels& labels) const {
    std::string joined;
    for (size_t i = 0; i < rule_.source_labels.size(); ++i) {
      if (i > 0) joined += rule_.separator;
      joined += labels.Get(rule_.source_labels[i]);
    }
    return joined;
  }

  bool Matches(std::string_view text) const {
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex_);
  }

  /// The template filled from a match of `text`, or nothing if it does not match.
  std::optional<std::vector<re2::StringPiece>> GroupsOf(std::string_view text) const {
    std::vector<re2::StringPiece> groups(static_cast<size_t>(regex_->NumberOfCapturingGroups()) +
                                         1);
    if (!regex_->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::ANCHOR_BOTH,
                       groups.data(), static_cast<int>(groups.size())))
      return std::nullopt;
    return groups;
  }

  void Replace(Labels& labels) const {
    const std::string source = Source(labels);
    const auto groups = GroupsOf(source);
    if (!groups) return;
    const std::string target = ExpandTemplate(rule_.target_label, *regex_, *groups);
    if (target.empty()) return;
    labels.Set(target, ExpandTemplate(rule_.replacement, *regex_, *groups));
  }

  void Map(Labels& labels) const {
    const std::vector<Labels::Pair> pairs = labels.pairs();
    for (const auto& [name, value] : pairs) {
      const auto groups = GroupsOf(name);
      if (!groups) continue;
      const std::string mapped = ExpandTemplate(rule_.replacement, *regex_, *groups);
      if (!mapped.empty()) labels.Set(mapped, value);
    }
  }

  void Thin(Labels& labels) const {
    const bool keeps = rule_.action == Action::kLabelKeep;
    std::vector<Labels::Pair> left;
    for (const auto& pair : labels.pairs())
      if (Matches(pair.first) == keeps) left.push_back(pair);
    labels = Labels(std::move(left));
  }

  RelabelRule rule_;
  std::shared_ptr<const RE2> regex_;
};

struct RelabelRules::Compiled {
  std::vector<RelabelRule> rules;
  std::vector<Step> steps;
};

Result<RelabelRules> RelabelRules::Compile(std::vector<RelabelRule> rules) {
  if (rules.empty()) return RelabelRules();
  auto compiled = std::make_shared<Compiled>();
  for (const RelabelRule& rule : rules) {
    if (const auto mistake = FindRelabelMistake(rule))
      return InvalidArgument(mistake->key + ": " + mistake->message);
    compiled->steps.emplace_back(rule);
  }
  compiled->rules = std::move(rules);
  RelabelRules made;
  made.compiled_ = std::move(compiled);
  return made;
}

const std::vector<RelabelRule>& RelabelRules::rules() const {
  static const std::vector<RelabelRule> none;
  return compiled_ == nullptr ? none : compiled_->rules;
}

bool RelabelRules::Apply(Labels& labels) const {
  return compiled_ == nullptr || std::all_of(compiled_->steps.begin(), compiled_->steps.end(),
                                             [&](const Step& step) { return step.Apply(labels); });
}

}  // namespace hinomi::metrics
