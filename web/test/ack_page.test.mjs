// The acknowledge page of the server's own renderer, as a phone shows it: under
// its policy, and without scripts. HN_API_TEST names the program that writes it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFindings, shoot, startBrowser } from './browser.mjs';

const folder = mkdtempSync(join(tmpdir(), 'hinomi-ack-'));
const posts = [];
let browser;
let http;
let address;

before(async () => {
  execFileSync(process.env.HN_API_TEST, ['--gtest_filter=AckPageTest.*'], {
    env: { ...process.env, HN_ACK_PAGE_DIR: folder },
    stdio: 'pipe',
  });
  http = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += chunk));
    req.on('end', () => {
      if (req.method === 'POST') posts.push({ path: req.url, body });
      const name = req.method === 'POST' ? 'done' : req.url.slice(1).split('?')[0];
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      if (!['open', 'open_en', 'done'].includes(name)) return res.end();
      res.setHeader('Content-Security-Policy', readFileSync(join(folder, `${name}.csp`), 'utf8'));
      res.end(readFileSync(join(folder, `${name}.html`)));
    });
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${http.address().port}`;
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  http?.close();
  http?.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

async function phone(path, colorScheme, scripts) {
  const page = await browser.context.newPage();
  if (!scripts) {
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setScriptExecutionDisabled', { value: true });
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme });
  const problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) problems.push(message.text());
  });
  await page.goto(`${address}${path}`);
  return { page, problems };
}

for (const [path, scheme] of [['/open', 'dark'], ['/open', 'light'], ['/open_en', 'light'], ['/done', 'dark']]) {
  test(`is readable and within its policy, ${path} ${scheme}`, async () => {
    const { page, problems } = await phone(path, scheme, true);
    assert.deepEqual(await accessibilityFindings(page), []);
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, scheme === 'dark' ? 'rgb(14, 18, 22)' : 'rgb(245, 246, 247)');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await shoot(page, `ack${path.replace('/', '-')}-${scheme}`, { fullPage: true });
    assert.deepEqual(problems, []);
    await page.close();
  });
}

test('acknowledges without scripts', async () => {
  const { page, problems } = await phone('/open', 'light', false);
  assert.equal(posts.length, 0); // Opening it changed nothing.
  await page.getByRole('button', { name: '確認：私が対応します' }).click();
  await page.getByText('確認しました 03:15:31').waitFor();
  assert.deepEqual(posts, [{ path: '/ack/7Qm2/INC-204', body: 'lang=ja&do=ack' }]);
  assert.deepEqual(problems, []);
  await page.close();
});
