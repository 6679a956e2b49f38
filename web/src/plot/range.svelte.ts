// The stretch of time that a screen shows. It stands in the address: `range=3h`
// ends now and moves on, `from=…&to=…` (UTC) stays where it is.
import { choose, router } from '../router.svelte';
import { t } from '../text';
import { time } from '../time.svelte';

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const LEAST = 10;
const MOST = 3650 * 86_400;

/** "3h" in seconds; null if it is no length that can be shown. */
export function secondsOf(text: string): number | null {
  const found = /^(\d{1,9})([smhdw])$/.exec(text);
  const seconds = found ? Number(found[1]) * UNITS[found[2]!]! : 0;
  return seconds >= LEAST && seconds <= MOST ? seconds : null;
}

/** 10800 as "3h", a day as "24h". */
export function lengthText(seconds: number): string {
  const whole = Math.max(LEAST, Math.round(seconds));
  const fits = (unit: string) => whole % UNITS[unit]! === 0 && whole !== UNITS['d'];
  const unit = fits('d') ? 'd' : (['h', 'm'].find((u) => whole % UNITS[u]! === 0) ?? 's');
  return `${whole / UNITS[unit]!}${unit}`;
}

/** The same for people: "3 時間", "3 h". */
export function lengthWords(seconds: number): string {
  const text = lengthText(seconds);
  const n = Number.parseInt(text, 10);
  if (text.endsWith('d')) return t('range.days', { n });
  if (text.endsWith('h')) return t('time.hours', { h: n });
  if (text.endsWith('m')) return t('time.minutes', { m: n });
  return t('time.seconds', { s: n });
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200];

/** The round number of seconds between points, so that `span` has at most so many. */
export function stepFor(span: number, points: number): number {
  const wanted = span / points;
  return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
}

/** How often a range that ends now moves on, in seconds. */
const renewal = (span: number) => (span <= 900 ? 5 : span <= 6 * 3600 ? 15 : 60);

const utc = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
const secondsAt = (text: string | null) => (text ? Math.round(Date.parse(text) / 1000) : NaN);

export class Range {
  constructor(private readonly standard: string) {}

  private readonly fixed = $derived.by(() => {
    const from = secondsAt(router.route.query.get('from'));
    const to = secondsAt(router.route.query.get('to'));
    return to - from >= LEAST && to - from <= MOST ? { from, to } : null;
  });
  /** It ends now. */
  readonly live = $derived(this.fixed === null);
  /** Its length in seconds. */
  readonly span = $derived.by(() => {
    if (this.fixed) return this.fixed.to - this.fixed.from;
    return secondsOf(router.route.query.get('range') ?? '') ?? secondsOf(this.standard)!;
  });
  /** Epoch seconds. */
  readonly to = $derived.by(() => {
    if (this.fixed) return this.fixed.to;
    const every = renewal(this.span);
    return Math.floor(time.now / 1000 / every) * every;
  });
  readonly from = $derived(this.to - this.span);

  /** Ends now and is as long as that: "3h". Goes back to the live end. */
  follow(length: string) {
    choose({ range: length === this.standard ? null : length, from: null, to: null }, true);
  }
  /** Stays at these seconds. */
  fix(from: number, to: number) {
    const length = Math.min(MOST, Math.max(LEAST, Math.round(to - from)));
    const start = Math.round(from);
    choose({ from: utc(start), to: utc(start + length), range: null }, true);
  }
  /** By halves of its length; into the future it becomes live again. */
  shift(halves: 1 | -1) {
    const by = (halves * this.span) / 2;
    if (this.live && halves > 0) return;
    if (this.to + by >= time.now / 1000) this.follow(lengthText(this.span));
    else this.fix(this.from + by, this.to + by);
  }
  /** Into its middle or out of it. A live one keeps its end. */
  zoom(factor: number) {
    const length = Math.min(MOST, Math.max(LEAST, this.span * factor));
    if (this.live) return this.follow(lengthText(length));
    const middle = (this.from + this.to) / 2;
    this.fix(middle - length / 2, Math.min(middle + length / 2, Math.floor(time.now / 1000)));
  }
  /** To a stretch of the plot. One step back leads out of it again. */
  zoomTo(from: number, to: number) {
    this.fix(from, to);
    history.replaceState({ ...(history.state as object | null), zoomed: true }, '');
  }
  /** One step back; where no zoom led here, to twice the length. */
  zoomBack() {
    if ((history.state as { zoomed?: boolean } | null)?.zoomed) history.back();
    else this.zoom(2);
  }
}
