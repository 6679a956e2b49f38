#ifndef HINOMI_CONTROL_DRAFT_H_
#define HINOMI_CONTROL_DRAFT_H_

#include <deque>
#include <string>
#include <vector>

#include "control/control_loop.h"

namespace hinomi::control {

/// What one turn has come to so far. For the loop's own files only.
struct ControlLoop::Draft {
  Instant now;
  uint64_t sequence = 0;  ///< Of the last event.
  store::Turn turn;
  std::vector<ops_model::Event> events;
  std::vector<ops_model::JobVerdict> verdicts;
  std::deque<ops_model::Event> unheard;  ///< Events that the machines have not been told of.
  Json answer;
  std::string refusal;
  bool too_long = false;
};

/// Who acts when nobody asked.
inline constexpr std::string_view kSelf = "hinomi";

}  // namespace hinomi::control

#endif  // HINOMI_CONTROL_DRAFT_H_
