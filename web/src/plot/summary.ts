// What a plot shows, in words.
import type { Alarm } from '../api';
import { limitOf, metricName, quantity } from '../numbers';
import { t } from '../text';

/** `past`: the points do not reach to the present; a band is then no single limit. */
export function plotSummary(alarm: Alarm, points: [number, number | null][], past = false): string {
  const metric = metricName(alarm.metric);
  let low = Infinity;
  let high = -Infinity;
  let newest: number | null = null;
  for (const [, value] of points) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    newest = value;
  }
  if (newest === null) return t('plot.no_data', { metric, limit: limitOf(alarm) });
  const extremes = { metric, low: quantity(low, alarm), high: quantity(high, alarm) };
  if (past && alarm.band) return t('plot.summary_band', extremes);
  const values = { ...extremes, limit: limitOf(alarm) };
  return past ? t('plot.summary_past', values) : t('plot.summary', { ...values, last: quantity(newest, alarm) });
}
