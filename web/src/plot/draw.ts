// What uPlot lacks: the limit with its dashes, hatching where data is missing,
// squares on breaching points, a dot on the last value.
import type uPlot from 'uplot';
import type { BandPoint } from '../api';
import { breaches, type Limit } from '../numbers';
import { colour } from './colours';

export interface Rule {
  /** Null: `bands` are the limits. */
  threshold: number | null;
  comparison: string;
  /** Seconds between points: a longer gap is missing data. */
  step: number;
  bands?: BandPoint[];
}

/** What the value at a time is compared with. */
function limitAt(rule: Rule): (x: number) => Limit {
  if (rule.threshold !== null) return () => rule.threshold;
  const bounds = new Map(rule.bands?.map(([x, lower, upper]) => [x, [lower, upper] as const]));
  return (x) => bounds.get(x) ?? null;
}

const px = (u: uPlot, n: number) => n * (u.width ? u.ctx.canvas.width / u.width : 1);

export function drawMissing(u: uPlot, rule: Rule) {
  const [xs, ys] = u.data as [number[], (number | null)[]];
  const { ctx, bbox } = u;
  const from = u.scales['x']!.min ?? 0;
  ctx.save();
  ctx.strokeStyle = colour('plot-hatch');
  ctx.lineWidth = px(u, 1.25);
  const hatch = (a: number, b: number) => {
    const x0 = Math.max(u.valToPos(a, 'x', true), bbox.left);
    const x1 = u.valToPos(b, 'x', true);
    if (x1 - x0 < px(u, 3)) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(x0, bbox.top, x1 - x0, bbox.height);
    ctx.clip();
    ctx.beginPath();
    for (let x = x0 - bbox.height; x < x1; x += px(u, 6)) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  };
  let before = from - rule.step;
  xs.forEach((x, i) => {
    if (ys[i] === null || ys[i] === undefined) return;
    if (x - before > rule.step * 1.5 && x > from) hatch(Math.max(before + rule.step / 2, from), x);
    before = x;
  });
  ctx.restore();
}

/** The bounds of a band, each as a line of limits; where none is known it is broken. */
function traceBand(u: uPlot, rule: Rule, bound: 1 | 2) {
  let before = -Infinity;
  for (const point of rule.bands ?? []) {
    const x = u.valToPos(point[0], 'x', true);
    const y = u.valToPos(point[bound], 'y', true);
    if (point[0] - before > rule.step * 1.5) u.ctx.moveTo(x, y);
    else u.ctx.lineTo(x, y);
    before = point[0];
  }
}

export function drawLimit(u: uPlot, rule: Rule) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = colour('plot-limit');
  ctx.lineWidth = px(u, 1.25);
  ctx.setLineDash([px(u, 5), px(u, 3)]);
  ctx.beginPath();
  if (rule.threshold === null) {
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.beginPath();
    traceBand(u, rule, 1);
    traceBand(u, rule, 2);
  } else {
    const y = Math.round(u.valToPos(rule.threshold, 'y', true)) + 0.5;
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
  }
  ctx.stroke();
  ctx.restore();
}

/** Rings on evaluated points and squares on breaching ones. */
export function drawPoints(u: uPlot, rule: Rule) {
  const [xs, ys] = u.data as [number[], (number | null)[]];
  const { ctx } = u;
  const room = u.bbox.width / Math.max(1, xs.length);
  const crit = colour('crit');
  const limit = limitAt(rule);
  ctx.save();
  ctx.lineWidth = px(u, 1.25);
  ctx.fillStyle = colour('surface');
  ctx.strokeStyle = colour('ink-2');
  xs.forEach((x, i) => {
    const y = ys[i];
    if (y === null || y === undefined) return;
    const at = [u.valToPos(x, 'x', true), u.valToPos(y, 'y', true)] as const;
    if (breaches(y, limit(x), rule.comparison)) {
      ctx.save();
      ctx.fillStyle = crit;
      const side = px(u, 5);
      ctx.fillRect(at[0] - side / 2, at[1] - side / 2, side, side);
      ctx.restore();
    } else if (room >= px(u, 4)) {
      ctx.beginPath();
      ctx.arc(at[0], at[1], px(u, 1.9), 0, Math.PI * 2);
      ctx.fill();
      ctx.stroke();
    }
  });
  ctx.restore();
}

export function drawLast(u: uPlot) {
  const [xs, ys] = u.data as [number[], (number | null)[]];
  for (let i = xs.length - 1; i >= 0; i--) {
    const y = ys[i];
    if (y === null || y === undefined) continue;
    const { ctx } = u;
    ctx.save();
    ctx.fillStyle = colour('c1');
    ctx.beginPath();
    ctx.arc(u.valToPos(xs[i]!, 'x', true), u.valToPos(y, 'y', true), px(u, 2.5), 0, Math.PI * 2);
    ctx.fill();
    ctx.restore();
    return;
  }
}
