// Numbers as the reader can use them: three digits, the unit after a no-break
// space, grouped thousands.
import type { Alarm } from './api';
import { settings } from './settings.svelte';
import { t, type Key } from './text';

function plain(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 1 ? 1 : 3;
  const tag = settings.language === 'ja' ? 'ja-JP' : 'en-GB';
  return value.toLocaleString(tag, { maximumFractionDigits: digits });
}

export function bytes(value: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let v = value;
  let i = 0;
  while (Math.abs(v) >= 1000 && i + 1 < names.length) {
    v /= 1000;
    i += 1;
  }
  return `${plain(v)}\u00a0${names[i]}`;
}

/** "82.6 %", "0 %" */
export const percent = (value: number): string => `${plain(value)}\u00a0%`;

/** A measured length: "0.3 ms", "42 ms", "1.5 s". */
export const span = (seconds: number): string =>
  Math.abs(seconds) < 1 ? `${plain(seconds * 1000)}\u00a0ms` : `${plain(seconds)}\u00a0s`;

type Measured = Pick<Alarm, 'metric' | 'unit' | 'threshold_text'>;

/** A limit that the document writes in milliseconds is read in milliseconds,
 * though the metric is in seconds. */
function measure(alarm: Measured): { unit: string; factor: number } {
  if (alarm.unit === 'Seconds' && /ms$/.test(alarm.threshold_text)) {
    return { unit: 'Milliseconds', factor: 1000 };
  }
  return { unit: alarm.unit, factor: 1 };
}

/** A value of the alarm's metric with its unit. */
export function quantity(value: number, alarm: Measured): string {
  const { unit, factor } = measure(alarm);
  const v = value * factor;
  if (alarm.metric === 'HealthyHostCount') return t('unit.hosts', { n: plain(v) });
  switch (unit) {
    case 'Percent':
      return `${plain(v)}\u00a0%`;
    case 'Milliseconds':
      return `${plain(v)}\u00a0ms`;
    case 'Seconds':
      return `${plain(v)}\u00a0s`;
    case 'Bytes':
      return bytes(v);
    case 'Count':
      return t('unit.count', { n: plain(v) });
    default:
      return plain(v);
  }
}

/** What a plot multiplies its values with, so that its axis reads as the limit does. */
export const factorOf = (alarm: Measured): number => measure(alarm).factor;

/** The figure alone; the unit stands beside the limit. */
export const figure = (alarm: Alarm): string =>
  alarm.value === null ? '–' : plain(alarm.value * factorOf(alarm));

const isLower = (comparison: string) => /^LessThan(OrEqualTo)?Threshold$/.test(comparison);

/** A threshold with its unit, or what is usual now. */
export function limitOf(alarm: Alarm): string {
  if (alarm.band) return alarm.band.range || t('band.unknown');
  return quantity(alarm.threshold ?? 0, alarm);
}

export function limitText(alarm: Alarm): string {
  const limit = limitOf(alarm);
  if (alarm.band) return limit;
  return isLower(alarm.comparison) ? t('alarm.minimum', { limit }) : t('alarm.limit', { limit });
}

/** What a value is compared with: a threshold, or the bounds of a band. */
export type Limit = number | readonly [lower: number, upper: number] | null;

/** False where there is nothing to compare with. */
export function breaches(value: number, limit: Limit, comparison: string): boolean {
  if (limit === null) return false;
  if (typeof limit !== 'number') {
    const [lower, upper] = limit;
    if (comparison === 'LessThanLowerThreshold') return value < lower;
    if (comparison === 'GreaterThanUpperThreshold') return value > upper;
    return value < lower || value > upper;
  }
  const threshold = limit;
  switch (comparison) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
    default:
      return value >= threshold;
  }
}

export function sign(comparison: string): string {
  const signs: Record<string, string> = {
    GreaterThanThreshold: '>',
    GreaterThanOrEqualToThreshold: '≥',
    LessThanThreshold: '<',
    LessThanOrEqualToThreshold: '≤',
    LessThanLowerOrGreaterThanUpperThreshold: '∉',
    LessThanLowerThreshold: '<',
    GreaterThanUpperThreshold: '>',
  };
  return signs[comparison] ?? comparison;
}

// The document's metrics have names in the reader's language; others keep theirs.
const metrics: Record<string, Key> = {
  CPUUtilization: 'metric.CPUUtilization',
  MemoryUtilization: 'metric.MemoryUtilization',
  HTTPCode_Target_5XX: 'metric.HTTPCode_Target_5XX',
  HTTPCode_Target_5XX_Count: 'metric.HTTPCode_Target_5XX',
  HealthyHostCount: 'metric.HealthyHostCount',
  TargetResponseTime: 'metric.TargetResponseTime',
};

export function metricName(metric: string): string {
  const key = metrics[metric];
  return key ? t(key) : metric;
}

const statistics: Record<string, Key> = {
  Sum: 'statistic.Sum',
  Average: 'statistic.Average',
  Minimum: 'statistic.Minimum',
  Maximum: 'statistic.Maximum',
  SampleCount: 'statistic.SampleCount',
};

export function statisticName(statistic: string): string {
  const key = statistics[statistic];
  return key ? t(key) : statistic;
}

/** Japanese: a space between the scripts, none between a counter and kana. */
function spaced(sentence: string): string {
  return sentence
    .replace(/([件台])[ \u00a0](?=[ぁ-ん])/g, '$1')
    .replace(/([ぁ-んァ-ヶ一-龠])(?=[0-9A-Za-z])/g, '$1 ');
}

/** The service that an alarm looks at, "" if its dimensions name none. */
export function serviceOf(alarm: Alarm): string {
  const d = alarm.dimensions;
  return d['ServiceName'] ?? d['service'] ?? d['TargetGroup'] ?? '';
}

/** What the alarm says, as one sentence with its figures; of a PromQL alarm, and of one with a band,
 *  the server's own words: they name its series, and what is usual. */
export const alarmSentence = (alarm: Alarm): string =>
  alarm.expr || alarm.band ? (alarm.sentence ?? alarm.expr ?? '') : spaced(sentence(alarm));

function sentence(alarm: Alarm): string {
  if (alarm.rule) return t('alarm.sentence_rule', { rule: alarm.rule });
  const metric = metricName(alarm.metric);
  const limit = limitOf(alarm);
  if (alarm.value === null) return t('alarm.sentence_no_value', { metric, limit });
  const value = quantity(alarm.value, alarm);
  const service = serviceOf(alarm);
  if (isLower(alarm.comparison)) {
    return service
      ? t('alarm.sentence_low_service', { service, metric, value, limit })
      : t('alarm.sentence_low', { metric, value, limit });
  }
  return service
    ? t('alarm.sentence_service', { service, metric, value, limit })
    : t('alarm.sentence', { metric, value, limit });
}
