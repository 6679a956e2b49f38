// Outlines on a 16 × 16 grid, one shape for each state: readable without colour.
export interface Shape {
  /** A path, or a circle as [cx, cy, r]. */
  d?: string;
  c?: [number, number, number];
  /** 'f' is filled and 'cut' drawn into the filling where the icon is solid. */
  class?: 'f' | 'cut' | 'half';
  dash?: string;
}

export type IconName =
  | 'crit'
  | 'alert'
  | 'warn'
  | 'ok'
  | 'nodata'
  | 'run'
  | 'done'
  | 'fail'
  | 'skip'
  | 'todo'
  | 'sent'
  | 'deliv'
  | 'user'
  | 'hold'
  | 'bell'
  | 'mail'
  | 'note'
  | 'clock'
  | 'cfg'
  | 'leave'
  | 'moon'
  | 'half'
  | 'now'
  | 'plot'
  | 'up'
  | 'info'
  | 'lock'
  | 'off'
  | 'xbox'
  | 'find'
  | 'more'
  | 'file'
  | 'eye'
  | 'box';

export const icons: Record<IconName, Shape[]> = {
  crit: [
    { d: 'M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5z', class: 'f' },
    { d: 'M8 4.5v4M8 11.2v.1', class: 'cut' },
  ],
  alert: [{ d: 'M8 1.8 15 14H1z', class: 'f' }, { d: 'M8 6v4M8 12v.1', class: 'cut' }],
  warn: [{ d: 'M8 2.2 14.6 13.8H1.4z' }, { d: 'M8 6.4v3.4M8 11.7v.1' }],
  ok: [{ c: [8, 8, 6.3] }, { d: 'm5.2 8.2 2 2 3.7-4.2' }],
  nodata: [{ c: [8, 8, 6.3], dash: '2.6 2.3' }, { d: 'M5.5 8h5' }],
  run: [
    { c: [8, 8, 6.3], class: 'half' },
    { d: 'M8 1.7A6.3 6.3 0 0 1 14.3 8' },
    { d: 'M8 5v3.2l2 1.4' },
  ],
  done: [{ d: 'm3 8.5 3.3 3.3L13 4.6' }],
  fail: [{ d: 'm4 4 8 8M12 4l-8 8' }],
  skip: [{ d: 'm3.5 4 4 4-4 4M8.5 4l4 4-4 4' }],
  todo: [{ c: [8, 8, 5.8] }],
  sent: [{ d: 'M2.5 8h10M8.8 4.2 12.6 8l-3.8 3.8' }],
  deliv: [{ d: 'm1.5 8.6 2.8 2.8L10 5M7.6 10.7l.7.7L14.5 5' }],
  user: [{ c: [8, 5, 2.8] }, { d: 'M2.5 14c.6-3.2 2.7-4.6 5.5-4.6s4.9 1.4 5.5 4.6' }],
  hold: [{ c: [8, 8, 6.3] }, { d: 'M6.4 5.7v4.6M9.6 5.7v4.6' }],
  bell: [{ d: 'M3.5 11.5h9M4.8 11.2V7a3.2 3.2 0 0 1 6.4 0v4.2M7 13.8h2' }],
  mail: [{ d: 'M2 3.5h12v9H2zM2.3 4l5.7 4.7L13.7 4' }],
  note: [{ d: 'M3 13l.7-2.8L11 3l2 2-7.3 7.3zM9.5 4.5l2 2' }],
  clock: [{ c: [8, 8, 6.3] }, { d: 'M8 4.5V8l2.4 1.6' }],
  cfg: [
    { d: 'M2 4.5h6M11.5 4.5H14M2 11.5h2.5M8 11.5h6' },
    { c: [9.8, 4.5, 1.7] },
    { c: [6.2, 11.5, 1.7] },
  ],
  moon: [{ d: 'M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z' }],
  half: [{ c: [8, 8, 6] }, { d: 'M8 2a6 6 0 0 1 0 12z', class: 'f' }],
  now: [{ d: 'M3 8.5 8 3l5 5.5M4.5 7.5V13h7V7.5' }],
  plot: [{ d: 'M2 13.5h12M3 10.5l3.2-4 2.6 2.5L13 3.5' }],
  up: [{ d: 'M8 13V3.5M4 7.2l4-4 4 4' }],
  info: [{ c: [8, 8, 6.3] }, { d: 'M8 7.3v4M8 4.7v.1' }],
  leave: [{ d: 'M9.5 2.5h-6v11h6M6.5 8h7.5M11.2 5.2 14 8l-2.8 2.8' }],
  lock: [{ d: 'M3.5 7.5h9v6.5h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5' }],
  off: [{ d: 'M2 6.5a9 9 0 0 1 12 0M4.3 9.3a5.5 5.5 0 0 1 7.4 0M8 12.5v.1M2.5 2.5l11 11' }],
  xbox: [{ d: 'M2.5 2.5h11v11h-11zM5.5 5.5l5 5M10.5 5.5l-5 5' }],
  find: [{ c: [7, 7, 4.5] }, { d: 'm10.4 10.4 3.6 3.6' }],
  more: [{ d: 'M3 8v.1M8 8v.1M13 8v.1' }],
  eye: [{ d: 'M1.5 8C3 5 5.3 3.5 8 3.5S13 5 14.5 8C13 11 10.7 12.5 8 12.5S3 11 1.5 8z' }, { c: [8, 8, 2] }],
  box: [{ d: 'M2 5 8 2l6 3v6.2L8 14.2 2 11.2zM2 5l6 3 6-3M8 8v6.2' }],
  file: [{ d: 'M4 1.8h5.5L12.5 5v9.2H4zM9.3 2v3.2h3' }],
};
