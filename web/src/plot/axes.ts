// The axes that all plots with axes have in common.
import uPlot from 'uplot';
import { clock, day, minute, zone } from '../time.svelte';
import { colour } from './colours';

const DAY = 86_400;

/** Labels of a time axis: seconds where it is short, days where it is long. */
function timeLabels(splits: number[]): string[] {
  const span = (splits.at(-1) ?? 0) - (splits[0] ?? 0);
  if (span <= 5 * 60) return splits.map((s) => clock(s * 1000));
  if (span <= DAY) return splits.map((s) => minute(s * 1000));
  return splits.map((s) => (minute(s * 1000) === '00:00' ? day(s * 1000) : minute(s * 1000)));
}

/** `value` writes a number of the y axis; `size` is that axis' width in pixels. */
export function axes(value: (v: number) => string, size = 48): uPlot.Axis[] {
  const shared = {
    stroke: colour('ink-3'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    ticks: { show: false },
    grid: { stroke: colour('plot-grid'), width: 1 },
  };
  return [
    {
      ...shared,
      grid: { show: false },
      space: 80,
      size: 24,
      values: (_u, splits) => timeLabels(splits),
    },
    { ...shared, size, space: 36, values: (_u, splits) => splits.map(value) },
  ];
}

/** uPlot places its marks by the zone on the screen. */
export function tzDate(): (seconds: number) => Date {
  const inZone = zone();
  return (seconds) => uPlot.tzDate(new Date(seconds * 1000), inZone);
}

/** Floating point leaves 0.30000000000000004 behind. */
export const axisNumber = (v: number) => Number(v.toPrecision(6)).toLocaleString('en-GB');
