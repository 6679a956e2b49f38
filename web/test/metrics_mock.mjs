// Prometheus' API for the stand-in server: canned answers to a few expressions,
// so that a page test knows what must be on the screen.
const BASE_JOBS = ['app', 'db', 'web'];

export const HOSTILE = '<img src=x onerror="document.title=\'owned\'">"`\\\n\u001b[31m';

const METADATA = {
  http_requests_total: [{ type: 'counter', help: 'Requests answered, by status.', unit: '' }],
  http_request_duration_seconds: [{ type: 'histogram', help: 'How long requests took.', unit: '' }],
  node_load1: [{ type: 'gauge', help: '1m load average.', unit: '' }],
  up: [{ type: 'gauge', help: 'Whether the target answered.', unit: '' }],
};
const NAMES = ['http_request_duration_seconds_bucket', 'http_requests_total', 'node_load1', 'process_resident_memory_bytes', 'up'];
const VALUES = { job: BASE_JOBS, code: ['200', '404', '503'], path: [HOSTILE, '/'] };

const wave = (i, t) => Math.sin(t / 600 + i) + i;

/** [labels, value at a time] for each series of an expression. */
function seriesOf(expression) {
  const many = /^many\((\d+)\)$/.exec(expression);
  if (many) return Array.from({ length: Number(many[1]) }, (_, i) => [{ __name__: 'many', n: String(i) }, (t) => wave(i, t)]);
  if (expression === 'nothing') return [];
  if (expression === 'hostile') return [[{ __name__: 'hostile', path: HOSTILE }, (t) => wave(1, t)], [{ __name__: 'hostile', path: '/' }, (t) => wave(2, t)]];
  if (expression === 'gappy') return [[{ __name__: 'gappy' }, (t) => (Math.floor(t / 600) % 2 ? null : 5)]];
  if (expression === 'process_resident_memory_bytes') return [[{ __name__: expression, job: 'app' }, (t) => 5e7 + 1e6 * wave(1, t)]];
  if (/quantile/.test(expression)) return [[{}, () => NaN]];
  return BASE_JOBS.map((job, i) => [{ ...(/[({]/.test(expression) ? {} : { __name__: expression }), job }, (t) => (expression === 'node_load1' ? 4.5 : 3) + wave(i, t)]);
}

const text = (value) => (Number.isNaN(value) ? 'NaN' : String(value));

/** Answers one request under /api/v1; `mock.promql` keeps what was asked. */
export function answerPrometheus(mock, send, res, url) {
  const path = url.pathname.slice('/api/v1'.length);
  const query = url.searchParams;
  const expression = query.get('query') ?? '';
  (mock.promql ??= []).push({ path, ...Object.fromEntries(query) });
  const succeed = (data, more = {}) => send(res, 200, { status: 'success', data, ...more });
  const fail = (error) => send(res, 400, { status: 'error', errorType: 'bad_data', error });
  const limit = Number(query.get('limit')) || Infinity;
  if (mock.denied) return send(res, 403, { error: { code: 'denied', message: 'metrics:read is needed' } });
  if (path === '/metadata') return succeed(METADATA);
  if (path === '/label/__name__/values') return succeed(mock.noMetrics ? [] : NAMES);
  if (path === '/labels') return succeed(['__name__', 'code', 'job', 'path']);
  const label = /^\/label\/([^/]+)\/values$/.exec(path);
  if (label) return succeed(VALUES[label[1]] ?? []);
  if (expression.includes('wrong(')) return fail(`invalid parameter "query": 1:${expression.indexOf('wrong(') + 1}: parse error: unknown function with name "wrong"`);
  const notes = expression.includes('warned') ? { warnings: ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)'] } : {};
  const found = (mock.noMetrics ? [] : seriesOf(expression)).slice(0, limit);
  if (path === '/query') {
    const at = Number(query.get('time'));
    const result = found.map(([metric, value]) => ({ metric, value: [at, text(value(at) ?? NaN)] }));
    return succeed({ resultType: 'vector', result }, notes);
  }
  if (expression === 'slow') return res.on('close', () => (mock.givenUp = (mock.givenUp ?? 0) + 1));
  if (mock.prepared && path === '/query_range') {
    res.writeHead(200, { 'Content-Type': 'application/json' });
    return res.end(mock.prepared(query));
  }
  if (path !== '/query_range') return send(res, 404, { status: 'error', errorType: 'not_found', error: path });
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(query.get(name)));
  const result = found.map(([metric, value]) => {
    const values = [];
    for (let at = start; at <= end; at += step) {
      const v = value(at);
      if (v !== null) values.push([at, text(v)]);
    }
    return { metric, values };
  });
  return succeed({ resultType: 'matrix', result }, notes);
}
