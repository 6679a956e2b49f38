#ifndef HINOMI_CLI_TOP_TESTING_H_
#define HINOMI_CLI_TOP_TESTING_H_

#include <gtest/gtest.h>

#include <string>

#include "base/strings.h"
#include "cli/top/keys.h"
#include "cli/top/live.h"
#include "cli/top/on_key.h"
#include "cli/top/view.h"
#include "os/files.h"

namespace hinomi::cli::top {

/// A file of testdata/ beside this header.
std::string Testdata(const std::string& name);
/// The answer of /now in a scene: "paged.en".
Json Scene(const std::string& name);

/// The pure core at 03:26:48 of the one night of which all tests tell, before
/// a server and a keyboard that the test is.
struct Night {
  explicit Night(const std::string& scene, text::Language language = text::Language::kEnglish) {
    state.language = language;
    state.session = "top-1";
    now_answer = Scene(scene + "." + std::string(text::LanguageTag(language)));
    Do(Refresh(state, now));
    Answer("now", now_answer);
    Answer("services", Services());
    Do(OnStream(state, {}, now));
    effects.clear();
  }

  static Json Services() {
    return *Json::Parse(R"({"services":[
      {"name":"app","state":"failing","desired":3,"running":3,"healthy":2,
       "reason":"app-2 refuses connections","balancer":{"state":"in step"}},
      {"name":"worker","state":"steady","desired":1,"running":1,"healthy":1,"reason":"",
       "balancer":null}]})");
  }

  void Do(Effects more) {
    for (Effect& effect : more) effects.push_back(std::move(effect));
  }
  void Answer(const std::string& tag, const Result<Json>& answer) {
    Do(OnAnswer(state, tag, answer, now));
  }
  void Type(std::string_view bytes) {
    for (const Key& key : decoder.Feed(bytes)) Do(OnKey(state, key, now));
    for (const Key& key : decoder.Expire()) Do(OnKey(state, key, now));
  }
  void Pass(Duration time) {
    now = now + time;
    Do(OnTick(state, now));
  }
  std::string Screen(int columns = 80, int rows = 24) const {
    return ToText(Render(state, {columns, rows}, now));
  }
  bool Shows(std::string_view words) const { return Screen().find(words) != std::string::npos; }
  /// The one effect of that kind since the last call; an empty one if there is not one.
  Effect Take(Effect::Kind kind) {
    Effect found{kind};
    int count = 0;
    for (const Effect& effect : effects)
      if (effect.kind == kind) {
        found = effect;
        ++count;
      }
    effects.clear();
    EXPECT_LE(count, 1);
    return count == 1 ? found : Effect{kind};
  }
  bool Asked(std::string_view path) const {
    for (const Effect& effect : effects)
      if (effect.kind == Effect::Kind::kGet && effect.path.starts_with(path)) return true;
    return false;
  }

  State state;
  Duration now = Duration::Hours(7);
  Json now_answer;
  Effects effects;
  KeyDecoder decoder;
};

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_TESTING_H_
