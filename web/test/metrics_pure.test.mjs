// The explorer's decisions: what is drawn, read, completed, and pointed at.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hinomi-pure-'));
let pure;
before(async () => {
  await build({
    configFile: false, root: WEB, logLevel: 'error', publicDir: false,
    build: { outDir: folder, lib: { entry: join(WEB, 'test/pure.ts'), formats: ['es'], fileName: 'pure' }, minify: false },
  });
  pure = await import(pathToFileURL(join(folder, 'pure.js')).href);
});
after(() => rmSync(folder, { recursive: true, force: true }));

// --- drawing -----------------------------------------------------------------------

/** What a line is drawn with: its strokes as lists of points. */
function strokes(values, width, first = 0, last = values.length - 1) {
  const out = [];
  const pen = { moveTo: (x, y) => out.push([[x, y]]), lineTo: (x, y) => out.at(-1).push([x, y]) };
  pure.trace(values, first, last, { x: (i) => (i * width) / values.length, y: (v) => v }, pen);
  return out;
}

test('a million points become four a column, and every extreme survives', () => {
  const values = Float64Array.from({ length: 1_000_000 }, (_, i) => Math.sin(i / 5000));
  values[123_456] = 99;
  values[654_321] = -99;
  const [line, ...others] = strokes(values, 1000);
  assert.equal(others.length, 0);
  assert.ok(line.length <= 4 * 1001, String(line.length));
  const byColumn = new Map();
  for (const [x, y] of line) byColumn.set(x, [...(byColumn.get(x) ?? []), y]);
  for (let column = 0; column <= 1000; column++) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = Math.max(0, (column - 1) * 1000); i < Math.min(1e6, (column + 1) * 1000); i++) {
      if (Math.round(i / 1000) !== column) continue;
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
    assert.equal(Math.min(...byColumn.get(column)), low);
    assert.equal(Math.max(...byColumn.get(column)), high);
  }
  assert.equal(line[0][1], values[0]);
  assert.equal(line.at(-1)[1], values.at(-1));
});

test('extremes of a column are drawn in their order', () => {
  assert.deepEqual(strokes([0, 5, -5, 1], 0.1)[0].map((p) => p[1]), [0, 5, -5, 1]);
  assert.deepEqual(strokes([0, -5, 5, 1], 0.1)[0].map((p) => p[1]), [0, -5, 5, 1]);
});

test('what is missing, stale or infinite is a gap, and a lone point is seen', () => {
  const drawn = strokes([1, 2, NaN, 3, Infinity, 4, 5], 70);
  assert.deepEqual(drawn, [[[0, 1], [10, 2]], [[30, 3], [31, 3]], [[50, 4], [60, 5]]]);
  assert.deepEqual(strokes([NaN, NaN], 10), []);
});

// --- reading ------------------------------------------------------------------------

const grid = { start: 1700000000, step: 15, count: 4 };
const answer = JSON.stringify({
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      { metric: { __name__: 'up', values: '[["values":[1,2]]', job: 'a"]}\\' }, values: [[1700000000, '1'], [1700000030, '-2.5e-3'], [1700000045.0, '+Inf']] },
      { metric: {}, values: [[1700000015, 'NaN'], [1700000030, '0.1'], [1700009999, '7']] },
    ],
  },
  warnings: ['one'],
  infos: ['two'],
});

test('an answer is read the same whatever pieces it comes in', () => {
  const bytes = new TextEncoder().encode(answer);
  for (const size of [1, 2, 3, 7, 64, bytes.length]) {
    const reader = new pure.MatrixReader(grid);
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    const { lines, warnings, infos } = reader.end();
    assert.deepEqual(lines.map((l) => l.labels), [{ __name__: 'up', values: '[["values":[1,2]]', job: 'a"]}\\' }, {}]);
    assert.deepEqual([...lines[0].values], [1, NaN, -0.0025, Infinity]);
    assert.deepEqual([...lines[1].values], [NaN, NaN, 0.1, NaN]);
    assert.deepEqual([warnings, infos], [['one'], ['two']]);
  }
});

test('a series of histograms alone takes no row from the next', () => {
  const text =
    '{"status":"success","data":{"resultType":"matrix","result":[' +
    '{"metric":{"a":"1"},"histograms":[[1,{"count":"3","sum":"5","buckets":[[0,"1","2","3"]]}]]},' +
    '{"metric":{"a":"2"},"values":[[' + grid.start + ',"7"]],"histograms":[[1,{"count":"3","sum":"5"}]]}]}}';
  const reader = new pure.MatrixReader(grid);
  reader.push(new TextEncoder().encode(text));
  const { lines } = reader.end();
  assert.deepEqual(lines.map((l) => [l.labels.a, l.values[0]]), [['1', NaN], ['2', 7]]);
});

test('a cut answer is none', () => {
  const bytes = new TextEncoder().encode(answer);
  for (const length of [0, 10, 200, bytes.length - 1]) {
    const reader = new pure.MatrixReader(grid);
    reader.push(bytes.subarray(0, length));
    assert.throws(() => reader.end(), SyntaxError);
  }
});

test('numbers are read to the last digit', () => {
  const codes = (text) => [...text].map((c) => c.charCodeAt(0));
  for (const text of ['0', '-0.1', '123456789012345', '0.30000000000000004', '1.7976931348623157e+308', '5e-324', '1234567.891', '9007199254740993', '3.141592653589793']) {
    assert.equal(pure.numberOf(codes(text)), Number(text), text);
  }
  assert.equal(pure.numberOf(codes('-Inf')), -Infinity);
});

// --- completion -------------------------------------------------------------------------

test('what can be written depends on the place', () => {
  const at = (marked) => pure.contextAt(marked.replace('|', ''), marked.indexOf('|'));
  const cases = {
    '|': { kind: 'operand', from: 0 },
    'ra|': { kind: 'operand', from: 0 },
    'sum(ra|': { kind: 'operand', from: 4 },
    'up |': { kind: 'operator', from: 3 },
    'up + |': { kind: 'operand', from: 5 },
    'up and n|': { kind: 'operand', from: 7 },
    'up{|': { kind: 'label', from: 3, metric: 'up' },
    'up{job="a", in|': { kind: 'label', from: 12, metric: 'up' },
    '{__name__="x", |': { kind: 'label', from: 15, metric: '' },
    'up{job="a|': { kind: 'value', from: 8, metric: 'up', label: 'job', quote: '"', regex: false },
    "up{job=~'|": { kind: 'value', from: 9, metric: 'up', label: 'job', quote: "'", regex: true },
    'up{job="|"}': { kind: 'value', from: 8, metric: 'up', label: 'job', quote: '"', regex: false },
    'up{job=|': { kind: 'value', from: 7, metric: 'up', label: 'job', quote: '', regex: false },
    'rate(x_total[|': { kind: 'duration', from: 13 },
    'x offset |': { kind: 'duration', from: 9 },
    'sum by (|) (x_total)': { kind: 'label', from: 8, metric: 'x_total' },
    'sum(x_total{a="b"}) by (jo|': { kind: 'label', from: 24, metric: 'x_total' },
    'sum by (job) (|': { kind: 'operand', from: 14 },
    'sum by (job) |': { kind: 'operand', from: 13 },
    'sum(x) |': { kind: 'operator', from: 7 },
    '# com|': { kind: 'none', from: 5 },
    'label_join(up, "a|': { kind: 'none', from: 17 },
    '12|': { kind: 'none', from: 0 },
  };
  for (const [marked, expected] of Object.entries(cases)) assert.deepEqual(at(marked), expected, marked);
});

test('label values are escaped as the language wants it', () => {
  assert.equal(pure.escaped('a"b\\c\nd', '"'), 'a\\"b\\\\c\\nd');
  assert.equal(pure.escaped("it's", "'"), "it\\'s");
  assert.equal(pure.unquoted('"a\\"b\\n"'), 'a"b\n');
});

test('completion offers the functions that the server knows, and only these', () => {
  const source = readFileSync(join(WEB, '../src/promql/impl/function_table.cc'), 'utf8');
  const stable = [...source.matchAll(/for \(const char\* name :\s*\{([^}]*)\}\)\s*\{\s*add\(name,([^;]*)\);/g)]
    .filter(([, , rest]) => !rest.includes('Feature::')).flatMap(([, names]) => [...names.matchAll(/"(\w+)"/g)].map((m) => m[1]));
  const single = [...source.matchAll(/^\s*add\("(\w+)",([^;]*)\);/gm)].filter(([, , rest]) => !rest.includes('Feature::')).map((m) => m[1]);
  assert.ok(stable.length > 50 && single.length > 10, `${stable.length} ${single.length}`);
  assert.deepEqual(Object.keys(pure.functions).sort(), [...stable, ...single].sort());
  const lexer = readFileSync(join(WEB, '../src/promql/impl/lexer.cc'), 'utf8');
  const listed = (name) => [...new RegExp(`${name} = \\{([^}]*)\\}`).exec(lexer)[1].matchAll(/"(\w+)"/g)].map((m) => m[1]);
  // Behind feature flags: limitk, limit_ratio.
  assert.deepEqual(Object.keys(pure.aggregations).sort(), listed('kAggregators').filter((n) => !n.startsWith('limit')).sort());
  assert.deepEqual([...pure.operators].sort(), listed('kWordOperators').sort());
  for (const word of pure.modifiers) assert.ok(listed('kKeywords').includes(word), word);
});

// --- units, faults, links ---------------------------------------------------------------

test('a unit is named only where it is sure', () => {
  const cases = {
    process_resident_memory_bytes: 'bytes',
    'rate(node_network_receive_bytes_total[5m])': 'bytes_rate',
    'sum by (job) (rate(http_requests_total{code="500"}[5m]))': 'rate',
    'increase(http_requests_total[1h])': 'count',
    'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))': 'seconds',
    'rate(node_cpu_seconds_total[5m])': 'ratio',
    'max(scrape_duration_seconds)': 'seconds',
    'a_bytes / b_bytes': '',
    'a_bytes + b_seconds': '',
    'count(a_bytes)': 'count',
    'disk_used_ratio': 'ratio',
    up: '',
    'timestamp(a_bytes)': '',
    'time()': '',
    'a_bytes > 100': 'bytes',
  };
  for (const [text, unit] of Object.entries(cases)) assert.equal(pure.unitOf(text), unit, text);
});

test('a fault is found where the server says, also behind wide letters and lines', () => {
  assert.deepEqual(pure.placeOf('invalid parameter "query": 1:4: parse error: unexpected end', 'up{'), { at: 3, sentence: 'unexpected end' });
  assert.deepEqual(pure.placeOf('invalid parameter "query": 2:3: parse error: x', 'ab\ncde'), { at: 5, sentence: 'x' });
  assert.equal(pure.placeOf('1:14: parse error: x', '{a="火の"} !').at, 9);
  assert.equal(pure.placeOf('PromQL warning: quantile value (1:10)', 'quantile(2, up)').at, 9);
  assert.equal(pure.placeOf('query timed out', 'up'), null);
});

test('a link keeps all but the relative range; commands survive any quotes', () => {
  assert.equal(pure.linkOf('http://h/?lang=en#/metrics?a=up&range=3h', 1700000000, 1700003600),
    'http://h/#/metrics?a=up&from=2023-11-14T22%3A13%3A20Z&to=2023-11-14T23%3A13%3A20Z');
  assert.equal(pure.shellWord(`a'b`), String.raw`'a'\''b'`);
  const shared = { asked: [{ letter: 'a', text: `x{a='$(id)'}`, hidden: false }, { letter: 'b', text: 'y', hidden: true }], view: 'plot', from: 0, to: 60, grid: { start: 0, step: 30, count: 3 } };
  assert.equal(pure.hinomiOf(shared), String.raw`hinomi query 'x{a='\''$(id)'\''}' --from 1970-01-01T00:00:00Z --to 1970-01-01T00:01:00Z --step 30s`);
  assert.ok(!pure.curlOf(shared, 'http://h').includes('query=y'));
});

test('a series has the same mark whatever order its labels come in', () => {
  assert.equal(pure.markOf('a', { x: '1', y: '2' }), pure.markOf('a', { y: '2', x: '1' }));
  assert.notEqual(pure.markOf('a', { x: '1' }), pure.markOf('b', { x: '1' }));
});
