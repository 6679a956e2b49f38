#include "policy/impl/channels.h"

#include <algorithm>

namespace hinomi::policy::impl {
namespace {

struct Setting {
  std::string key;
  std::string description;
  bool required = false;
  bool secret = false;
  std::vector<std::string> schemes = {};  ///< If it is a URL.
  std::vector<std::string> one_of = {};
  bool host_port = false;
  size_t letters_and_digits = 0;  ///< If it has exactly so many of them; 0 for anything.
};

struct ChannelType {
  std::string type;
  std::vector<Setting> settings;
};

const std::vector<ChannelType>& ChannelTypes() {
  static const std::vector<ChannelType> types = {
      {"smtp",
       {{.key = "server",
         .description = "the mail server, host:port",
         .required = true,
         .host_port = true},
        {.key = "from", .description = "the sender's address", .required = true},
        {.key = "username", .description = "for signing in, if the server asks"},
        {.key = "password", .description = "for signing in", .secret = true},
        {.key = "tls",
         .description = "none, starttls or implicit; default starttls if offered",
         .one_of = {"none", "starttls", "implicit"}}}},
      {"webhook",
       {{.key = "url",
         .description = "where to POST",
         .required = true,
         .schemes = {"https", "http"}},
        {.key = "secret", .description = "key of the signature header", .secret = true}}},
      {"slack",
       {{.key = "url",
         .description = "the incoming webhook's URL",
         .required = true,
         .secret = true,
         .schemes = {"https", "http"}}}},
      {"pagerduty",
       {{.key = "routing_key",
         .description = "the integration key of Events API v2",
         .required = true,
         .secret = true,
         .letters_and_digits = 32},
        {.key = "url",
         .description = "base of the Events API; default https://events.pagerduty.com, for the EU "
                        "https://events.eu.pagerduty.com",
         .schemes = {"https", "http"}}}},
      {"outbox", {}}};
  return types;
}

std::vector<std::string> TypeNames() {
  std::vector<std::string> names;
  for (const ChannelType& type : ChannelTypes()) names.push_back(type.type);
  return names;
}

bool IsLetterOrDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// What is wrong with a setting's value, or nothing. Shows the value only of a
/// setting that is no secret.
std::optional<std::string> WhatIsWrong(const Setting& setting, std::string_view value) {
  if (const size_t count = setting.letters_and_digits;
      count > 0 &&
      (value.size() != count || !std::all_of(value.begin(), value.end(), IsLetterOrDigit))) {
    return "expected " + std::to_string(count) + " letters and digits (" + setting.description +
           "), got " + std::to_string(value.size()) +
           (value.size() == count ? " characters of which some are others" : " characters");
  }
  if (!setting.schemes.empty()) {
    auto wrong = CheckUrl(value, setting.schemes);
    if (wrong && setting.secret)
      return "expected a URL that begins with " + Join(setting.schemes, ":// or ") + "://";
    return wrong;
  }
  if (setting.host_port) {
    auto wrong = CheckHostPort(value);
    if (wrong && setting.secret) return "expected host:port";
    return wrong;
  }
  return std::nullopt;
}

const ChannelType* FindType(const std::string& type) {
  for (const ChannelType& known : ChannelTypes())
    if (known.type == type) return &known;
  return nullptr;
}

class ChannelRecord : public Form<ChannelDocument> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            ChannelDocument& out) const override {
    if (node.kind != yaml::Kind::kMapping) {
      reader.Expected(node, path, "a mapping with the key type and the settings of that type");
      return false;
    }
    const yaml::Member* type = node.Find("type");
    if (type == nullptr) {
      reader.Mistake(node.span, path,
                     "the key \"type\" is missing: one of " + Join(TypeNames(), ", "));
      return false;
    }
    if (!OneOf(TypeNames())->Read(reader, type->value, yaml::PathKey(path, "type"), out.type)) {
      return false;
    }
    const ChannelType* known = FindType(out.type);
    return known != nullptr && ReadSettings(reader, node, path, *known, out);
  }

  Json Schema() const override {
    Json alternatives = Json::MakeArray();
    for (const ChannelType& type : ChannelTypes()) {
      Json properties = Json::MakeObject();
      properties.Set("type", Json::MakeObject().Set("const", type.type));
      Json required = Json::MakeArray();
      required.Append("type");
      for (const Setting& setting : type.settings) {
        Json schema = Json::MakeObject();
        schema.Set("type", "string").Set("description", setting.description);
        if (!setting.one_of.empty()) {
          Json words = Json::MakeArray();
          for (const std::string& word : setting.one_of) words.Append(word);
          schema.Set("enum", std::move(words));
        }
        properties.Set(setting.key, std::move(schema));
        if (setting.required) required.Append(setting.key);
      }
      Json schema = Json::MakeObject();
      schema.Set("type", "object").Set("properties", std::move(properties));
      schema.Set("required", std::move(required)).Set("additionalProperties", false);
      alternatives.Append(std::move(schema));
    }
    return Json::MakeObject().Set("oneOf", std::move(alternatives));
  }

 private:
  static bool ReadSettings(Reader& reader, const yaml::Node& node, const std::string& path,
                           const ChannelType& type, ChannelDocument& out) {
    bool ok = true;
    std::vector<std::string> keys = {"type"};
    for (const Setting& setting : type.settings) keys.push_back(setting.key);
    for (const yaml::Member& member : node.members) {
      if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
      reader.Mistake(member.key_span, yaml::PathKey(path, member.key),
                     "unknown key \"" + member.key + "\" of a channel of type " + type.type +
                         Suggest(member.key, keys));
      ok = false;
    }
    for (const Setting& setting : type.settings) {
      const yaml::Member* member = node.Find(setting.key);
      if (member == nullptr) {
        if (!setting.required) continue;
        reader.Mistake(node.span, path,
                       "the key \"" + setting.key + "\" is missing: " + setting.description +
                           (setting.secret ? ", as ${env:NAME} or ${file:/path}" : ""));
        ok = false;
        continue;
      }
      ok = ReadSetting(reader, *member, yaml::PathKey(path, setting.key), setting,
                       out.settings[setting.key]) &&
           ok;
    }
    return ok;
  }

  static bool ReadSetting(Reader& reader, const yaml::Member& member, const std::string& path,
                          const Setting& setting, std::string& out) {
    reader.Place(path, member.value.span);
    TextRules rules;
    rules.what = setting.description;
    rules.one_of = setting.one_of;
    rules.check = [&setting](std::string_view text) -> std::optional<std::string> {
      if (const auto wrong = CheckReference(text)) return wrong;
      if (IsReference(text)) return std::nullopt;
      return WhatIsWrong(setting, text);
    };
    if (!Text(rules)->Read(reader, member.value, path, out)) return false;
    if (setting.secret && !IsReference(out)) {
      reader.Warning(member.value.span, path,
                     "a secret stands in the file, where everyone who reads the folder sees it; "
                     "write ${env:NAME} or ${file:/path}, and change the secret");
    }
    return true;
  }
};

}  // namespace

FormPtr<ChannelDocument> ChannelForm() {
  return std::make_shared<ChannelRecord>();
}

void ConfigureChannels(Workbook& book, Files& files, const Environment& environment) {
  for (ChannelDocument& channel : book.folder.channels) {
    channel.configured = true;
    const ChannelType* type = FindType(channel.type);
    if (type == nullptr) continue;
    for (Setting setting : type->settings) {
      const auto value = channel.settings.find(setting.key);
      if (value == channel.settings.end() || !IsReference(value->second)) continue;
      const Result<std::string> resolved = ResolveReference(value->second, files, environment);
      setting.secret = true;  // It was kept out of the folder: then it is kept out of words, too.
      std::optional<std::string> wrong =
          resolved ? WhatIsWrong(setting, *resolved) : resolved.error().message;
      if (resolved && wrong) {
        wrong = "what " + value->second + " stands for is wrong: " + *wrong;
        const std::string path =
            yaml::PathKey(yaml::PathKey("channels", channel.name), setting.key);
        book.Warning("contacts.yml", path, *wrong + "; the channel is not used");
      }
      if (!wrong || !channel.configured) continue;
      channel.configured = false;
      channel.unconfigured_reason = setting.key + ": " + *wrong;
      channel.missing_variable = MissingVariable(value->second, environment);
    }
  }
}

}  // namespace hinomi::policy::impl
