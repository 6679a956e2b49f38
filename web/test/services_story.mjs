// The same night, as its services and targets tell it: app was scaled out at
// 03:14, one replica ended by itself; the shop's certificate ends soon.
const jst = (clock) => new Date(Date.parse(`2026-11-24T${clock}+09:00`)).toISOString().replace('.000Z', 'Z');
export const TASKS = ['7f21c0aa', '31b29d04', 'c04e77d1', 'dead0001'].map((id) => id.padEnd(32, '0'));

const service = (name, extra) => ({
  name, cluster: 'production', state: 'active', desired: 3, running: 3, pending: 0, healthy: 3, since: jst('03:14:22'),
  failures: 0, reason: '', next_start_at: null, declared: 2, minimum: 1, maximum: 8, rests_until: jst('03:29:00'),
  cpu_percent: 63.2, memory_percent: 82.6, balancer: { state: 'in_step', servers: 3, reason: '' }, alarms: [], incidents: [],
  events: [{ at: jst('03:14:02'), message: 'starts task c04e77d1' }, { at: jst('03:14:22'), message: 'has reached a steady state' }],
  ...extra,
});
const alarm = (name, metric, state, severity) => ({ name, metric, state, severity, action: 'alert', since: jst('03:12:00') });

export const services = () => [
  service('app', { incidents: ['INC-204'], alarms: [alarm('HighErrorRate', 'HTTPCode_Target_5XX_Count', 'ALARM', 'error'), alarm('HighCPUUsage', 'CPUUtilization', 'OK', 'error')] }),
  service('mailer', {
    state: 'failing', desired: 2, running: 0, healthy: 0, pending: 0, failures: 4, cpu_percent: null, memory_percent: null, balancer: null,
    reason: 'CannotStartContainerError: cannot run /nowhere/program: No such file or directory', next_start_at: jst('03:27:30'),
    rests_until: null,
  }),
];

const task = (id, extra) => ({
  id, service: 'app', host: 'local', port: 9150, pid: 4711, desired_status: 'RUNNING', last_status: 'RUNNING', health: 'HEALTHY',
  health_reason: '', stop_code: null, stopped_reason: '', exit_code: null, created_at: jst('02:52:00'), started_at: jst('02:52:01'),
  stopping_at: null, stopped_at: null, cpu_percent: 61, memory_percent: 82, cpu_seconds: 1264, resident_bytes: 52_400_000, ...extra,
});
export const tasks = () => [
  task(TASKS[3], {
    port: 9153, pid: null, desired_status: 'STOPPED', last_status: 'STOPPED', health: 'UNKNOWN', stop_code: 'EssentialContainerExited',
    stopped_reason: 'Essential process in task exited', exit_code: 137, stopped_at: jst('03:13:50'), cpu_percent: null, memory_percent: null,
  }),
  task(TASKS[0]), task(TASKS[1], { port: 9151, pid: 4712 }), task(TASKS[2], { port: 9152, pid: 5903, started_at: jst('03:14:02') }),
];

const target = (kind, name, extra) => ({
  id: `${kind}:${name}`, kind, name, job: name, target: name, service: '', state: 'up', since: jst('02:00:00'), error: '', reason: '',
  last_at: jst('03:26:45'), duration_seconds: 0.012, interval_seconds: 15, next_at: jst('03:27:00'), samples: 412, labels: { job: name }, probe: null, ...extra,
});
export const targets = () => [
  target('host', 'web-1', { target: 'web-1', labels: { job: 'host', instance: 'web-1' } }),
  target('scrape', 'node/10.0.0.7:9100', {
    job: 'node', target: 'http://10.0.0.7:9100/metrics', state: 'down', since: jst('03:11:15'), samples: 0, duration_seconds: 10,
    error: 'cannot connect to 10.0.0.7:9100: Connection refused', reason: 'unreachable', labels: { job: 'node', instance: '10.0.0.7:9100' },
  }),
  target('probe', 'shop', {
    job: 'probe', target: 'https://shop.example/healthz', duration_seconds: 0.243, samples: 24, labels: { job: 'probe', probe: 'shop' },
    probe: {
      type: 'http', failed_layer: '', http_status: 200, certificate_expires_at: '2026-12-03T00:00:00Z',
      phases: [['resolve', 0.002], ['connect', 0.018], ['tls', 0.061], ['processing', 0.15], ['transfer', 0.012]].map(([n, seconds]) => ({ name: n, seconds })),
    },
  }),
  target('balancer', 'app', { job: 'haproxy', target: '/run/haproxy/admin.sock/app', service: 'app', labels: { job: 'haproxy', proxy: 'app' } }),
  target('log', 'app', { job: 'haproxy', target: '127.0.0.1:5140', service: 'app', state: 'unknown', since: null, last_at: null, duration_seconds: null, interval_seconds: null, next_at: null, samples: 0, labels: {} }),
];
export const samples = (of) => (of.state === 'down' ? [] : ['node_load1', 'node_memory_MemAvailable_bytes', 'node_time_seconds']).map((name, i) => ({
  series: `${name}{job="${of.job}"}`, labels: { __name__: name, ...of.labels, cpu: String(i) }, value: String(i + 0.25), at: jst('03:26:45'), ended: false,
}));

/** Answers what is about services and targets; undefined for everything else. A test
 * puts its own `services`, `tasks`, `logs` ({id: text}), `targets` into the mock. */
export function answer(mock, path, query) {
  const [, kind, name, rest] = path.split('/').map(decodeURIComponent);
  if (kind === 'services' && !name) return mock.services === null ? { status: 404, message: 'this server runs no services' } : { services: mock.services ?? services(), watched: mock.watched ?? [] };
  if (kind === 'services' && rest === 'tasks') {
    if (!(mock.services ?? services()).some((s) => s.name === name)) return { status: 404, message: `there is no service "${name}"` };
    return { tasks: (mock.tasks ?? tasks()).map((t) => ({ ...t, service: name })) };
  }
  if (kind === 'tasks' && rest === 'log') return logOf(mock, name, query);
  if (kind !== 'targets') return undefined;
  const all = mock.targets ?? targets();
  if (!name) return { targets: all };
  const found = all.find((t) => t.id === name);
  if (!found) return { status: 404, message: `there is no target "${name}"` };
  if (rest !== 'samples') return found;
  const list = (mock.samples ?? samples(found)).filter((s) => s.series.includes(query.get('match') ?? ''));
  return { samples: list, total: list.length, from: jst('03:21:48') };
}

/** By the same contract as the server: a cursor is a place, a piece is bounded. */
function logOf(mock, id, query) {
  const text = (mock.logs ??= { [TASKS[0]]: 'The sample app answers on http://127.0.0.1:9150\n' })[id];
  if (text === undefined) return { status: 404, message: `there is no task ${id}` };
  let from = Number(query.get('cursor').split(':')[1] ?? 0);
  const tail = Number(query.get('tail'));
  if (query.get('cursor') === '' && tail > 0) {
    const lines = text.split('\n');
    from = text.length - lines.slice(-tail - 1).join('\n').length;
  }
  const to = Math.min(text.length, from + Number(query.get('bytes')));
  return { text: text.slice(from, to), cursor: `9:${to}`, lost: false, ended: mock.ended === true && to === text.length };
}

/** POST services/{name}/scale, with the server's bounds and words. */
export function scaled(mock, name, body) {
  const all = (mock.services ??= services());
  const found = all.find((s) => s.name === name);
  if (body.count < found.minimum || body.count > found.maximum) {
    return { status: 409, message: `${name} can have ${found.minimum} to ${found.maximum} replicas (min_count and max_count in targets.yml), not ${body.count}.` };
  }
  const scaling = {
    service: name, from: found.desired, to: body.count, minimum: found.minimum, maximum: found.maximum, healthy: found.healthy,
    already: body.count === found.desired, dry_run: body.dry_run === true, rests_until: body.count === found.desired ? null : jst('03:31:48'),
  };
  if (!body.dry_run) Object.assign(found, { desired: body.count, pending: Math.max(0, body.count - found.healthy) });
  return { ok: true, scaling };
}
