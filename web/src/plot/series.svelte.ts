// The points of one alarm's metric, fetched again as time goes on.
import { ApiError, getSeries, type BandPoint } from '../api';
import { live } from '../live.svelte';

const RENEW_SECONDS = 30;

export class SeriesFeed {
  points = $state<[number, number | null][]>([]);
  /** Of an alarm with a band. */
  bands = $state.raw<BandPoint[]>([]);
  from = $state(0);
  to = $state(0);
  failed = $state('');
  private asked = '';

  /** Call in an effect: fetches when a new half minute began or something changed. */
  follow(name: string, spanSeconds: number, stepSeconds: number, nowMs: number) {
    const bucket = Math.floor(nowMs / 1000 / RENEW_SECONDS);
    const key = `${name} ${spanSeconds} ${stepSeconds} ${bucket} ${live.now?.sequence}`;
    if (key === this.asked || live.status === 'signed_out') return;
    this.asked = key;
    void this.fetch(name, spanSeconds, stepSeconds, nowMs, key);
  }

  private async fetch(name: string, span: number, step: number, nowMs: number, key: string) {
    const to = Math.floor(nowMs / 1000);
    try {
      const series = await getSeries(name, to - span, to, step);
      if (key !== this.asked) return; // Overtaken by a later question.
      this.points = series.points;
      this.bands = series.bands ?? [];
      this.from = to - span;
      this.to = to;
      this.failed = '';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failed = error.message;
    }
  }
}
