// The embedding refuses what breaks the console's promises.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('..', import.meta.url));

/** `chunks` is Vite's manifest: without one, only the page's own script. */
function embed(files, chunks = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hinomi-embed-'));
  try {
    for (const name of ['assets', '.vite']) mkdirSync(join(folder, 'dist', name), { recursive: true });
    writeFileSync(join(folder, 'dist/.vite/manifest.json'), JSON.stringify({ 'index.html': { file: 'assets/index-1.js', isEntry: true, imports: [], ...chunks['index.html'] }, ...chunks }));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, 'dist', name), bytes);
    const output = join(folder, 'out.cc');
    const run = spawnSync(process.execPath, [join(WEB, 'tools/embed.mjs'), join(folder, 'dist'), join(WEB, 'csp.txt'), output], { encoding: 'utf8' });
    return { code: run.status, said: run.stderr, written: run.status === 0 ? readFileSync(output, 'utf8') : '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const page = '<script type="module" src="/assets/index-1.js"></script>';

test('writes each file with its type', () => {
  const { code, written } = embed({ 'index.html': page, 'assets/index-1.js': 'a("\\\\?")' });
  assert.equal(code, 0);
  assert.ok(written.includes('.path = "/",'), written);
  assert.ok(written.includes('.path = "/assets/index-1.js",'), written);
  assert.ok(written.includes('std::string_view("a(\\042\\134\\134\\077\\042)", 8)'), written);
});

test('the manifest is not embedded', () => {
  const { written } = embed({ 'index.html': page, 'assets/index-1.js': '1' });
  assert.ok(!written.includes('manifest'));
});

test('fails when the first screen is over its budget', () => {
  const { code, said } = embed({ 'index.html': page, 'assets/index-1.js': randomBytes(90_001) });
  assert.equal(code, 1);
  assert.match(said, /over its budget: the first screen 90\d\d\d of 90000 bytes/);
});

test('the first screen is counted with what its script imports', () => {
  const entry = { file: 'assets/index-1.js', isEntry: true, imports: ['_part'], css: ['assets/index.css'] };
  const { said } = embed(
    { 'index.html': page, 'assets/index-1.js': '1', 'assets/part.js': randomBytes(89_999), 'assets/index.css': randomBytes(100) },
    { 'index.html': entry, _part: { file: 'assets/part.js' } },
  );
  assert.match(said, /over its budget: the first screen/);
});

const screen = (name, more = {}) => ({ file: `assets/${name}.js`, name, isDynamicEntry: true, ...more });

test('names the screen that is over its budget, counted with its own imports and styles', () => {
  const shared = { _shared: { file: 'assets/shared.js' } };
  const files = { 'index.html': page, 'assets/index-1.js': '1', 'assets/Alarm.js': randomBytes(20_000), 'assets/Alarms.js': randomBytes(20_000), 'assets/shared.js': randomBytes(4000), 'assets/Alarm.css': randomBytes(2000) };
  const chunks = { ...shared, a: screen('Alarm', { imports: ['_shared'], css: ['assets/Alarm.css'] }), b: screen('Alarms', { imports: ['_shared'] }) };
  const { code, said } = embed(files, chunks);
  assert.equal(code, 1);
  assert.match(said, /over its budget: the screen Alarm 26\d\d\d of 25000 bytes/);
  assert.ok(!said.includes('Alarms'), said);
});

test('a screen is not charged for what the first one has', () => {
  const files = { 'index.html': page, 'assets/index-1.js': randomBytes(60_000), 'assets/Alarm.js': '1' };
  assert.equal(embed(files, { a: screen('Alarm', { imports: ['index.html'] }) }).code, 0);
});

test('the editor has a budget of its own', () => {
  const files = (size) => ({ 'index.html': page, 'assets/index-1.js': '1', 'assets/editor_code.js': randomBytes(size) });
  const chunks = { e: screen('editor_code', { imports: ['index.html'] }) };
  assert.equal(embed(files(100_000), chunks).code, 0);
  assert.match(embed(files(140_001), chunks).said, /over its budget: the editor \(gzip\) 140\d\d\d of 140000/);
});

test('fails on a file whose type is unknown', () => {
  const { code, said } = embed({ 'index.html': page, 'assets/font.woff2': 'x' });
  assert.equal(code, 1);
  assert.match(said, /font\.woff2: no content type/);
});
