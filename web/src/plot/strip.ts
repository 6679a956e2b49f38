// In which states an alarm was between two times.
import type { AlarmState, Transition } from '../api';

export interface Span {
  state: AlarmState;
  /** Epoch seconds. */
  from: number;
  to: number;
}

/** `transitions` newest first; before the first of them the state is the one that
 * it left, and without any it is `now`'s. */
export function spansOf(transitions: Transition[], now: AlarmState, from: number, to: number): Span[] {
  const spans: Span[] = [];
  let state = now;
  let end = to;
  for (const moved of transitions) {
    const at = Date.parse(moved.at) / 1000;
    if (at < end && moved.from !== moved.to) {
      if (at <= from) break;
      spans.unshift({ state, from: at, to: end });
      end = at;
    }
    state = moved.from;
  }
  if (end > from) spans.unshift({ state, from, to: end });
  return spans;
}
