// What a plot shows, in words.
import type { Alarm } from '../api';
import { limitOf, metricName, quantity } from '../numbers';
import { t } from '../text';

export function plotSummary(alarm: Alarm, points: [number, number | null][]): string {
  const values = points.map((p) => p[1]).filter((v): v is number => v !== null);
  const metric = metricName(alarm.metric);
  const say = (v: number) => quantity(v, alarm);
  if (values.length === 0) return t('plot.no_data', { metric, limit: limitOf(alarm) });
  return t('plot.summary', {
    metric,
    low: say(Math.min(...values)),
    high: say(Math.max(...values)),
    last: say(values.at(-1)!),
    limit: limitOf(alarm),
  });
}
