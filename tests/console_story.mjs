// The one night that every page and picture tells, on real time: three hours
// of quiet, then errors of service app; the newest minute decides.
const MINUTE_MS = 60_000;

function random(seed) {
  let s = seed;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const labels = (name) => ({ __name__: name, ServiceName: 'app' });

/** Three quiet hours up to `now`; `gap` leaves five minutes out. */
export function quietHours(now = Date.now()) {
  const r = random(7);
  const swing = () => r() + r() + r() - 1.5;
  const series = {
    HTTPCode_Target_5XX_Count: [], TargetResponseTime: [], MemoryUtilization: [],
    CPUUtilization: [], HealthyHostCount: [],
  };
  const last = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  let walk = 0;
  for (let i = 180; i >= 0; i--) {
    // Of the minute that runs, the beginning.
    const at = i === 0 ? Math.max(last, now - 1000) : last - i * MINUTE_MS;
    walk = walk * 0.8 + swing();
    const missing = i > 78 && i < 84;
    const put = (name, value) => series[name].push([at, value]);
    const calm = Math.max(0, Math.round(1 + swing() * 1.6));
    if (!missing) put('HTTPCode_Target_5XX_Count', i < 2 ? 0 : calm);
    if (!missing) put('TargetResponseTime', 0.415 + walk * 0.022);
    put('MemoryUtilization', 57.5 + walk * 0.5);
    put('CPUUtilization', 44 + walk * 2.2);
    put('HealthyHostCount', 3);
  }
  return Object.entries(series).map(([name, samples]) => ({ labels: labels(name), samples }));
}

/** A minute's count of errors, as of `at`. */
export const errors = (count, at = Date.now()) => [
  { labels: labels('HTTPCode_Target_5XX_Count'), samples: [[at, count]] },
];

/** The whole service is well again. */
export const well = (at = Date.now()) => errors(0, at);
