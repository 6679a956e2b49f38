// Times as the server's zone shows them, counted by the server's clock.
import { settings } from './settings.svelte';
import { t } from './text';

class Time {
  /** The server's time in epoch milliseconds; moves once a second. */
  now = $state(Date.now());
  zone = $state('UTC');
}

export const time = new Time();
// Added to the browser's steady clock: its wall clock may be wrong, and be set
// right while the page is open.
let offset = Date.now() - performance.now();

/** Takes over the server's clock; the browser's may be wrong. */
export function synchronise(serverNow: string, zone: string) {
  const parsed = Date.parse(serverNow);
  if (!Number.isNaN(parsed)) offset = parsed - performance.now();
  time.now = performance.now() + offset;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    time.zone = zone;
  } catch {
    time.zone = 'UTC'; // A zone that this browser lacks; UTC is never wrong.
  }
}

setInterval(() => {
  time.now = performance.now() + offset;
}, 1000);

export const zone = () => (settings.utc ? 'UTC' : time.zone);
const locale = () => (settings.language === 'ja' ? 'ja-JP' : 'en-GB');
const formats = new Map<string, Intl.DateTimeFormat>();

function format(value: Date, options: Intl.DateTimeFormatOptions, inZone = zone()): string {
  const key = locale() + inZone + JSON.stringify(options);
  let formatter = formats.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale(), { ...options, timeZone: inZone });
    formats.set(key, formatter);
  }
  return formatter.format(value);
}

const seconds: Intl.DateTimeFormatOptions = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
};
const minutes: Intl.DateTimeFormatOptions = {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
};
export type When = string | number;
const date = (at: When) => new Date(at);

/** "03:12:04" */
export const clock = (at: When) => format(date(at), seconds);
/** "03:12" */
export const minute = (at: When) => format(date(at), minutes);
/** "11/24" or "24 Nov" */
export function day(at: When): string {
  if (settings.language === 'ja') return format(date(at), { month: '2-digit', day: '2-digit' });
  return format(date(at), { day: 'numeric', month: 'short' });
}
/** "11/24 火" or "Tue 24 Nov" */
export function weekday(at: When): string {
  const name = format(date(at), { weekday: 'short' });
  return settings.language === 'ja' ? `${day(at)} ${name}` : `${name} ${day(at)}`;
}
const sameDay = (a: When, b: When) =>
  format(date(a), { dateStyle: 'short' }) === format(date(b), { dateStyle: 'short' });
/** The time of today, else the day: the first column of a timeline. */
export const short = (at: When) => (sameDay(at, time.now) ? minute(at) : day(at));
/** With seconds today, else day and minute. */
export const exact = (at: When) =>
  sameDay(at, time.now) ? clock(at) : `${day(at)} ${minute(at)}`;

/** "JST"; the offset where the zone has no name. */
export function zoneName(inZone = zone()): string {
  if (inZone === 'UTC') return 'UTC';
  for (const tag of ['en-US', 'en-GB', 'ja-JP']) {
    const parts = new Intl.DateTimeFormat(tag, { timeZone: inZone, timeZoneName: 'short' });
    const name = parts.formatToParts(time.now).find((p) => p.type === 'timeZoneName')?.value;
    if (name && !/^(GMT|UTC)/.test(name)) return name;
  }
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: inZone, timeZoneName: 'short' });
  return parts.formatToParts(time.now).find((p) => p.type === 'timeZoneName')?.value ?? inZone;
}

/** "11月24日(火) 03:12:04 JST" and the same in UTC: for hovering. */
export function both(at: When): string {
  const full = (inZone: string) => {
    const d = format(date(at), { month: 'long', day: 'numeric', weekday: 'short' }, inZone);
    return `${d} ${format(date(at), seconds, inZone)} ${zoneName(inZone)}`;
  };
  return time.zone === 'UTC' ? full('UTC') : `${full(time.zone)} / ${full('UTC')}`;
}

/** A sentence of the server with its times as this page shows them. */
export const withTimes = (sentence: string): string =>
  sentence.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, exact);

export const secondsUntil = (at: string) => Math.floor((Date.parse(at) - time.now) / 1000);
export const secondsSince = (at: string) => Math.max(0, -secondsUntil(at));

/** "14 分 44 秒", "1h 12m" */
export function duration(total: number): string {
  const s = Math.max(0, Math.floor(total));
  const d = Math.floor(s / 86400);
  const h = Math.floor(s / 3600) % 24;
  const m = Math.floor(s / 60) % 60;
  const two = (n: number) => String(n).padStart(2, '0');
  if (d > 0) return t('time.days_hours', { d, h });
  if (h > 0) return t('time.hours_minutes', { h, m });
  if (m > 0) return t('time.minutes_seconds', { m, s: two(s % 60) });
  return t('time.seconds', { s });
}

/** "15:16", "1:02:03" */
export function countdown(total: number): string {
  const s = Math.max(0, total);
  const two = (n: number) => String(n).padStart(2, '0');
  const h = Math.floor(s / 3600);
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return h > 0 ? `${h}:${rest}` : rest;
}

/** "1 分", "30 s": a length that was written as a round number. */
export function period(total: number): string {
  if (total % 3600 === 0) return t('time.hours', { h: total / 3600 });
  if (total % 60 === 0) return t('time.minutes', { m: total / 60 });
  return t('time.seconds', { s: total });
}

/** "2026-11-24 03:12:04" in the zone on the screen: as one types it. */
export function typed(at: When): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone(), year: 'numeric', month: '2-digit', day: '2-digit', ...seconds,
  }).formatToParts(date(at));
  const of = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')}`;
}

/** The milliseconds of what `typed` writes; seconds, and the time, may be left
 * out, and "now" or "-3h" count from now. NaN if it is none of these. An hour
 * that the clocks skip is the one after it. */
export function parseTyped(text: string): number {
  const words = text.normalize('NFKC').trim();
  if (words === 'now') return time.now;
  const back = /^-(\d{1,6})([smhdw])$/.exec(words);
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  if (back) return time.now - Number(back[1]) * units[back[2]!]! * 1000;
  const found = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(words);
  if (!found) return NaN;
  const [y, mo, d, h, mi, s] = found.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number];
  const wall = Date.UTC(y, mo - 1, d, h, mi, s);
  const whole = new Date(wall);
  if (whole.getUTCMonth() !== mo - 1 || whole.getUTCDate() !== d || h > 23 || mi > 59 || s > 59) return NaN;
  const offsetAt = (at: number) => Date.parse(`${typed(at).replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000;
  // The offset before the change of clocks, then the one that holds there.
  return wall - offsetAt(wall - offsetAt(wall));
}
