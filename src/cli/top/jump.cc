#include "cli/top/jump.h"

#include <algorithm>

#include "base/strings.h"

namespace hinomi::cli::top {
namespace {

struct ScreenRow {
  Screen screen;
  std::string_view letter;
  std::string_view key;
};
// As the console's rail has them.
constexpr ScreenRow kScreens[] = {
    {Screen::kNow, "n", "nav.now"},
    {Screen::kAlarms, "a", "nav.alarms"},
    {Screen::kIncidents, "i", "nav.incidents"},
    {Screen::kServices, "s", "top.services"},
    {Screen::kJournal, "j", "nav.journal"},
};

std::vector<Place> AllPlaces(const State& state) {
  std::vector<Place> places;
  for (const ScreenRow& row : kScreens) {
    places.push_back({text::Format(LanguageOf(state), row.key), row.screen});
    // The English name is typed without an input method.
    if (LanguageOf(state) == text::Language::kJapanese)
      places.push_back({text::Format(text::Language::kEnglish, row.key), row.screen});
  }
  for (const char* list : {"incidents", "resolved"})
    for (const Json& incident : state.now[list].as_array())
      places.push_back({incident["id"].as_string(), Screen::kIncident, incident["id"].as_string()});
  const Json& alarms = (state.alarms.is_object() ? state.alarms : state.now)["alarms"];
  for (const Json& alarm : alarms.as_array())
    places.push_back(
        {alarm["name"].as_string(), Screen::kAlarms, "alarm:" + alarm["name"].as_string()});
  for (const Json& service : state.services["services"].as_array())
    places.push_back(
        {service["name"].as_string(), Screen::kServices, "service:" + service["name"].as_string()});
  return places;
}

}  // namespace

std::vector<Place> PlacesLike(const State& state, const std::string& text) {
  const std::string lower = ToLowerAscii(Trim(text));
  std::vector<Place> places = AllPlaces(state);
  const auto at = [&](const Place& place) { return ToLowerAscii(place.name).find(lower); };
  std::erase_if(places, [&](const Place& place) { return at(place) == std::string::npos; });
  // The whole name before others that begin so, those before the rest.
  std::ranges::stable_sort(places, {}, [&](const Place& place) {
    return at(place) > 0 ? 2 : place.name.size() > lower.size() ? 1 : 0;
  });
  return places;
}

std::optional<Screen> ScreenOfLetter(const std::string& letter) {
  for (const ScreenRow& row : kScreens)
    if (row.letter == letter) return row.screen;
  return std::nullopt;
}

std::string ScreenName(text::Language language, Screen screen) {
  const auto* row = std::ranges::find(kScreens, screen, &ScreenRow::screen);
  return row == std::end(kScreens) ? std::string() : text::Format(language, row->key);
}

}  // namespace hinomi::cli::top
