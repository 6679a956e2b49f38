// One backtest of an alarm, with the points that it is about.
import { backtest, getSeries, type AlarmDetail, type BacktestQuestion, type BacktestResult, type BandPoint } from '../api';
import { wordsOf } from '../asked.svelte';
import { gridOf } from '../plot/grid';

const MOST_POINTS = 100_000;
const PIECE = 10_000; // The server gives 11,000 at once.

type Points = [number, number | null][];

/** All points of the alarm's own periods: of longer ones, sums would be held against a
 * threshold that they are not meant for. */
async function pointsOf({ name, period_seconds: step }: AlarmDetail, { from, to }: BacktestQuestion) {
  const points: Points = [];
  const bands: BandPoint[] = [];
  for (let at = gridOf(from, to, step).start; at <= to; at += PIECE * step) {
    const series = await getSeries(name, at, Math.min(to, at + (PIECE - 1) * step), step);
    for (const point of series.points) points.push(point);
    for (const band of series.bands ?? []) bands.push(band);
  }
  return { points, bands };
}

export class Backtest {
  result = $state.raw<BacktestResult | null>(null);
  points = $state.raw<Points>([]);
  bands = $state.raw<BandPoint[]>([]);
  /** What kept the result from coming. */
  failed = $state('');
  /** The same of the points. */
  pointsFailed = $state('');
  /** How many points would be too many to draw; 0: they are not. */
  tooMany = $state(0);
  private asked = 0;

  /** The newest question wins. */
  async run(alarm: AlarmDetail, question: BacktestQuestion) {
    const mine = ++this.asked;
    this.result = null;
    this.failed = this.pointsFailed = '';
    this.points = [];
    this.bands = [];
    const drawn = !alarm.rule && !alarm.expr;
    const count = drawn ? gridOf(question.from, question.to, alarm.period_seconds).count : 0;
    this.tooMany = count > MOST_POINTS ? count : 0;
    const [result, series] = await Promise.allSettled([
      backtest(alarm.name, question),
      drawn && !this.tooMany ? pointsOf(alarm, question) : { points: [], bands: [] },
    ]);
    if (mine !== this.asked) return;
    if (series.status === 'fulfilled') ({ points: this.points, bands: this.bands } = series.value);
    else this.pointsFailed = wordsOf(series.reason);
    if (result.status === 'fulfilled') this.result = result.value;
    else this.failed = wordsOf(result.reason);
  }
}
