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

/** The same where each state stands with the time of its beginning. Of `total` some may
 * not be listed: when the last one ended is not known then, and it is left out. */
export function spansFrom(states: { at: string; state: AlarmState }[], to: number, total = states.length): Span[] {
  const spans = states.map(({ at, state }, i) => {
    const next = states[i + 1];
    return { state, from: Date.parse(at) / 1000, to: next ? Date.parse(next.at) / 1000 : to };
  });
  if (total > states.length) spans.pop();
  return spans.filter((span) => span.to > span.from);
}

const byGravity: AlarmState[] = ['OK', 'INSUFFICIENT_DATA', 'ALARM'];

/** At most so many spans: where they are too close to be told apart, the gravest
 * one stands for all, so that none in ALARM is lost. */
export function legible(spans: Span[], most: number): Span[] {
  const first = spans[0];
  if (!first || spans.length <= most) return spans;
  const step = (spans.at(-1)!.to - first.from) / most;
  const cells = new Array<number>(most).fill(0);
  for (const { state, from, to } of spans) {
    const end = Math.min(most, Math.ceil((to - first.from) / step));
    for (let i = Math.floor((from - first.from) / step); i < end; i++)
      cells[i] = Math.max(cells[i]!, byGravity.indexOf(state));
  }
  const merged: Span[] = [];
  cells.forEach((gravity, i) => {
    const state = byGravity[gravity]!;
    const to = first.from + (i + 1) * step;
    const last = merged.at(-1);
    if (last?.state === state) last.to = to;
    else merged.push({ state, from: first.from + i * step, to });
  });
  return merged;
}
