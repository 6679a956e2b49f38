#ifndef HINOMI_CLI_TOP_JUMP_H_
#define HINOMI_CLI_TOP_JUMP_H_

#include <string>
#include <vector>

#include "cli/top/state.h"

namespace hinomi::cli::top {

/// Where `:` can lead.
struct Place {
  std::string name;  ///< As it is written: "INC-7", "HighErrorRate", "app", "Alarms".
  Screen screen = Screen::kNow;
  std::string row = {};  ///< Selected there, or the incident that is opened.
};

/// Those whose name has `text` in it, beginnings first.
std::vector<Place> PlacesLike(const State& state, const std::string& text);

/// The screen that a letter names after `g`; nothing for others.
std::optional<Screen> ScreenOfLetter(const std::string& letter);
std::string ScreenName(text::Language language, Screen screen);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_JUMP_H_
