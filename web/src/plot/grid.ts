/** Times at an even distance, in seconds: those that a range query is evaluated at. */
export interface Grid {
  start: number;
  step: number;
  count: number;
}

/** Of whole steps, so that points stay where they are while time moves on. */
export function gridOf(from: number, to: number, step: number): Grid {
  const start = Math.floor(from / step) * step;
  return { start, step, count: Math.floor((to - start) / step) + 1 };
}

/** The index of the time nearest to `seconds`; -1 outside the grid. */
export function indexAt({ start, step, count }: Grid, seconds: number): number {
  const index = Math.round((seconds - start) / step);
  return index >= 0 && index < count ? index : -1;
}
