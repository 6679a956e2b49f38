// Asks what the address says and keeps the answers. A later question ends an
// earlier one at once.
import { ApiError } from '../api';
import { gridOf, type Grid } from '../plot/grid';
import { stepFor } from '../plot/range.svelte';
import { markOf, seriesName, type Letter, type Question } from './asked';
import { queryInstant, queryRange, type InstantAnswer } from './api';
import type { Answer, Labels, Line } from './matrix';
import { unitOf, type Unit } from './units';

/** Steps of one answer, as the server allows. */
const MOST_STEPS = 11_000;
/** Lines that one can still look at. */
export const MOST_DRAWN = 100;

export interface Series {
  letter: Letter;
  mark: string;
  name: string;
  labels: Labels;
  unit: Unit;
  /** Its place among all: colour and dash go by it. */
  number: number;
  grid: Grid;
  values: Float64Array;
  /** The same some time earlier. */
  old: Float64Array | null;
  last: number;
  /** Of the finite values; NaN if there are none. */
  low: number;
  high: number;
  mean: number;
}

interface Result {
  text: string;
  grid: Grid;
  range: Answer | null;
  old: Answer | null;
  instant: InstantAnswer | null;
  failed: ApiError | null;
}

export function statistics(values: Float64Array): Pick<Series, 'last' | 'low' | 'high' | 'mean'> {
  let low = NaN;
  let high = NaN;
  let last = NaN;
  let sum = 0;
  let count = 0;
  for (const v of values) {
    if (Number.isNaN(v)) continue;
    last = v;
    if (!Number.isFinite(v)) continue;
    if (!(v >= low)) low = v;
    if (!(v <= high)) high = v;
    sum += v;
    count += 1;
  }
  return { last, low, high, mean: sum / count };
}

export class Explorer {
  private results = $state.raw<ReadonlyMap<Letter, Result>>(new Map());
  private running = $state.raw<ReadonlySet<Letter>>(new Set());
  private asked = new Map<Letter, { key: string; what: string; abort: AbortController; answered: boolean }>();
  /** Grows when the reader asks for the same again. */
  private turn = $state(0);

  again() {
    this.turn += 1;
  }

  /** Call in an effect. `width` in pixels is for the automatic step. */
  ask(question: Question, range: { from: number; to: number; live: boolean }, width: number) {
    const { from, to } = range;
    const points = Math.max(60, Math.min(2000, Math.round(width / 1.5)));
    const wanted = question.step || stepFor(to - from, points);
    const step = (to - from) / wanted > MOST_STEPS - 2 ? stepFor(to - from, MOST_STEPS - 2) : wanted;
    const present = new Set(question.asked.map((a) => a.letter));
    for (const letter of this.asked.keys()) if (!present.has(letter)) this.drop(letter);
    for (const { letter, text, hidden } of question.asked) {
      if (hidden) continue;
      const grid = gridOf(from, to, step);
      const what = JSON.stringify([text, question.view, to - from, step, question.compare, this.turn, range.live]);
      const key = `${what} ${to}`;
      const before = this.asked.get(letter);
      if (before?.key === key) continue;
      // Time that moves on must not end a slow answer again and again.
      if (range.live && before?.what === what && !before.answered) continue;
      before?.abort.abort();
      const asked = { key, what, abort: new AbortController(), answered: false };
      this.asked.set(letter, asked);
      void this.fetch(letter, text, grid, to, question, asked.abort).finally(() => (asked.answered = true));
    }
  }

  /** Ends what is under way. */
  close() {
    for (const { abort } of this.asked.values()) abort.abort();
    this.asked.clear();
  }

  private drop(letter: Letter) {
    this.asked.get(letter)?.abort.abort();
    this.asked.delete(letter);
    this.results = new Map([...this.results].filter(([key]) => key !== letter));
    this.run(letter, false);
  }

  private run(letter: Letter, on: boolean) {
    const next = new Set(this.running);
    if (on) next.add(letter);
    else next.delete(letter);
    this.running = next;
  }

  private async fetch(letter: Letter, text: string, grid: Grid, to: number, question: Question, abort: AbortController) {
    const { signal } = abort;
    const result: Result = { text, grid, range: null, old: null, instant: null, failed: null };
    queueMicrotask(() => this.run(letter, true)); // Not within the effect that asks.
    try {
      if (question.view === 'table') {
        result.instant = await queryInstant(text, to, signal);
      } else {
        const earlier = { ...grid, start: grid.start - question.compare };
        [result.range, result.old] = await Promise.all([
          queryRange(text, grid, signal),
          question.compare > 0 ? queryRange(text, earlier, signal) : null,
        ]);
      }
    } catch (error) {
      if (signal.aborted) return;
      result.failed = error instanceof ApiError ? error : new ApiError(0, 'unreadable', error instanceof Error ? error.message : '');
    }
    if (signal.aborted) return;
    this.results = new Map(this.results).set(letter, result);
    this.run(letter, false);
  }

  isRunning = (letter: Letter) => this.running.has(letter);
  resultOf = (letter: Letter) => this.results.get(letter);

  /** Every series of the expressions that are not hidden, in the answers' order. */
  seriesOf(question: Question): Series[] {
    let number = 0;
    return question.asked.flatMap(({ letter, hidden }) => {
      const result = this.results.get(letter);
      if (!result?.range || hidden) return [];
      const unit = unitOf(result.text);
      const old = new Map(result.old?.lines.map((line) => [markOf(letter, line.labels), line.values]));
      return result.range.lines.map((line) => this.seriesFrom(letter, line, unit, number++, result.grid, old));
    });
  }

  private seriesFrom(letter: Letter, line: Line, unit: Unit, number: number, grid: Grid, old: Map<string, Float64Array>): Series {
    const mark = markOf(letter, line.labels);
    return {
      letter, mark, unit, number, grid,
      name: seriesName(line.labels),
      labels: line.labels,
      values: line.values,
      old: old.get(mark) ?? null,
      ...statistics(line.values),
    };
  }
}

/** Those that are drawn: the largest, in their order. */
export function drawn(series: Series[]): Series[] {
  if (series.length <= MOST_DRAWN) return series;
  const size = (s: Series) => (Number.isNaN(s.high) ? -Infinity : s.high);
  const kept = new Set([...series].sort((a, b) => size(b) - size(a)).slice(0, MOST_DRAWN));
  return series.filter((s) => kept.has(s));
}
