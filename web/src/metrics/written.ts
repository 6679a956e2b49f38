// Values as they are read, with the unit that their expression has.
import { settings } from '../settings.svelte';
import type { Unit } from './units';

const SIZES: Partial<Record<Unit, { names: string[]; by: number }>> = {
  bytes: { names: ['B', 'kB', 'MB', 'GB', 'TB', 'PB'], by: 1000 },
  bytes_rate: { names: ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'], by: 1000 },
};

const formats = new Map<string, Intl.NumberFormat>();

/** Kept, because a legend writes a hundred numbers at each move of the pointer. */
function formatOf(digits: number): Intl.NumberFormat {
  const tag = settings.language === 'ja' ? 'ja-JP' : 'en-GB';
  const key = tag + digits;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.NumberFormat(tag, { maximumFractionDigits: digits });
    formats.set(key, found);
  }
  return found;
}

function plain(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-3)) return value.toExponential(2).replace('e+', 'e');
  const digits = size >= 100 || Number.isInteger(value) ? 2 : size >= 1 ? 3 : 5;
  return formatOf(digits).format(value);
}

/** A value as it is read: "1.25 MB", "82.6 %", "NaN". */
export function written(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const sizes = SIZES[unit];
  if (sizes) {
    let v = value;
    let i = 0;
    while (Math.abs(v) >= sizes.by && i + 1 < sizes.names.length) {
      v /= sizes.by;
      i += 1;
    }
    return `${plain(v)}\u00a0${sizes.names[i]}`;
  }
  if (unit === 'seconds') {
    const size = Math.abs(value);
    if (size > 0 && size < 0.001) return `${plain(value * 1e6)}\u00a0µs`;
    return size > 0 && size < 1 ? `${plain(value * 1000)}\u00a0ms` : `${plain(value)}\u00a0s`;
  }
  if (unit === 'ratio') return `${plain(value * 100)}\u00a0%`;
  if (unit === 'rate') return `${plain(value)}/s`;
  return plain(value);
}
