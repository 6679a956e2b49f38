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

function embed(files) {
  const folder = mkdtempSync(join(tmpdir(), 'hinomi-embed-'));
  try {
    mkdirSync(join(folder, 'dist/assets'), { recursive: true });
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

test('fails when the first screen is over its budget', () => {
  const { code, said } = embed({ 'index.html': page, 'assets/index-1.js': randomBytes(90_001) });
  assert.equal(code, 1);
  assert.match(said, /over its budget \(firstRoute\)/);
});

test('counts what is loaded on demand against the whole only', () => {
  const lazy = { 'index.html': page, 'assets/index-1.js': '1', 'assets/lazy-1.js': randomBytes(95_000) };
  assert.equal(embed(lazy).code, 0);
});

test('fails on a file whose type is unknown', () => {
  const { code, said } = embed({ 'index.html': page, 'assets/font.woff2': 'x' });
  assert.equal(code, 1);
  assert.match(said, /font\.woff2: no content type/);
});
