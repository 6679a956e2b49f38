// The page carries the texts it can say, and no others.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { usedKeys, usedTexts } from '../tools/catalogue.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CATALOGUE = join(ROOT, 'src/text/catalogue.json');

test('keeps called and quoted keys, drops the rest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hinomi-texts-'));
  try {
    mkdirSync(join(folder, 'shell'));
    writeFileSync(join(folder, 'shell/A.svelte'), "{t('nav.now')} {t( 'plain')}");
    writeFileSync(join(folder, 'b.ts'), "const words = { a: 'alarm.ok' };");
    writeFileSync(join(folder, 'c.css'), "'css.only'");
    assert.deepEqual([...usedKeys(folder)].sort(), ['alarm.ok', 'nav.now', 'plain']);
    const all = JSON.stringify({ 'nav.now': 1, 'alarm.ok': 2, 'css.only': 3, 'server.only': 4 });
    const { code } = usedTexts(folder).transform(all, '/x/src/text/catalogue.json');
    assert.deepEqual(JSON.parse(code), { 'nav.now': 1, 'alarm.ok': 2 });
    assert.equal(usedTexts(folder).transform(all, '/x/other.json'), null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the rule is the one of check_catalogue.py', () => {
  const script = `
import pathlib, sys
sys.path.insert(0, 'tools')
import check_catalogue as c
used = set()
for path in sorted(pathlib.Path('web/src').rglob('*')):
    if path.suffix in ('.ts', '.svelte'):
        source = path.read_text(encoding='utf-8')
        used.update(c.QUOTED.findall(source))
        used.update(m[1] for m in c.CALLS[path.suffix].finditer(source))
print('\\n'.join(sorted(used)))`;
  const run = spawnSync('python3', ['-B', '-c', script], { cwd: ROOT, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual([...usedKeys(join(ROOT, 'web/src'))].sort(), run.stdout.trim().split('\n'));
});

test('the built page has no text that is only the server\'s', () => {
  const dist = process.env.HN_CONSOLE_DIST ?? join(ROOT, 'web/dist');
  const built = readdirSync(join(dist, 'assets')).filter((n) => n.endsWith('.js')).map((n) => readFileSync(join(dist, 'assets', n), 'utf8')).join('\n');
  const used = usedKeys(join(ROOT, 'web/src'));
  const keys = Object.keys(JSON.parse(readFileSync(CATALOGUE, 'utf8')));
  const servers = keys.filter((key) => !used.has(key));
  assert.ok(servers.length > 20, 'the catalogue has texts of the server');
  assert.deepEqual(servers.filter((key) => built.includes(`"${key}"`)), []);
  assert.deepEqual(keys.filter((key) => used.has(key) && !built.includes(key)), []);
});
