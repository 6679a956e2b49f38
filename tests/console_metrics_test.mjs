// The metrics explorer over the real binary with real samples.
//   HINOMI_BINARY=build/dev/hinomi node --test tests/console_metrics_test.mjs
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { accessibilityFindings, openConsole, shoot, startBrowser, watchProblems } from '../web/test/browser.mjs';
import { Server, waitUntil } from './console_server.mjs';

const DAY = 86_400;
const STEP = 15;
let browser;
let server;
/** Epoch seconds of the newest sample. */
let end;

/** Two hours of requests, growing by 3 and by 1 a second, and the same hours
 * of the day before, by 6; then a gauge with a gap, and a hostile label. */
async function send() {
  end = Math.floor(Date.now() / 1000 / STEP) * STEP;
  const samples = (from, to, value) => {
    const out = [];
    for (let at = from; at <= to; at += STEP) out.push([at * 1000, value(at)]);
    return out;
  };
  const counter = (labels, perSecond) => ({
    labels: { __name__: 'shop_requests_total', ...labels },
    samples: [
      ...samples(end - DAY - 7200, end - DAY, (at) => (at - (end - DAY - 7200)) * 6),
      ...samples(end - 7200, end, (at) => 1e6 + (at - (end - 7200)) * perSecond),
    ],
  });
  await server.send([
    counter({ job: 'app', code: '200' }, 3),
    counter({ job: 'app', code: '503' }, 1),
    { labels: { __name__: 'shop_stock_bytes', path: '<img src=x onerror=alert(1)>' }, samples: [...samples(end - 7200, end - 3600, () => 2e6), ...samples(end - 1200, end, () => 3e6)] },
  ]);
}

before(async () => {
  browser = await startBrowser();
  server = await new Server({ language: 'en', noAuth: true }).start();
  await send();
});
after(async () => {
  await server?.close();
  await browser?.close();
});

async function visit(hash, body) {
  const { page, problems } = await openConsole(browser, server.url, { lang: 'en', hash });
  page.setDefaultTimeout(15_000);
  try {
    await body(page);
    assert.deepEqual(problems, []);
  } catch (error) {
    error.message += `\n${await page.locator('main').innerText().catch(() => '')}\n${server.said()}`;
    throw error;
  } finally {
    await page.close();
  }
}

const utc = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
const queryOf = async (page) => new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]);
const legend = (page) => page.locator('ul[aria-label="Legend"] > li');
const drawn = (page, n) => waitUntil(async () => (await legend(page).count()) === n, `${n} series`);
const plain = (text) => text.replace(/\u00a0/g, ' ');

test('from an empty screen to a plot: completion by the server, Enter, values', async () => {
  await visit('#/', async (page) => {
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.getByText('begin with one that gives something right now').waitFor();
    assert.equal(await page.locator('.empty ul button').count(), 3);
    assert.deepEqual(await accessibilityFindings(page), []);
    await shoot(page, 'metrics-start-en-light');
    await page.locator('[data-editor="a"] .cm-content').click();
    const list = page.locator('.cm-tooltip-autocomplete');
    await page.keyboard.type('sum by (job, code) (rat');
    await list.getByText('rate', { exact: true }).waitFor();
    await page.keyboard.type('e(shop_r');
    await list.getByText('shop_requests_total').waitFor();
    await page.waitForTimeout(150); // CodeMirror takes no Enter within 75 ms of opening.
    await page.keyboard.press('Enter');
    await page.keyboard.type('{co');
    await list.getByText('code').waitFor();
    await page.waitForTimeout(150);
    await page.keyboard.press('Enter');
    await page.keyboard.type('=~"50');
    await list.getByText('503').waitFor();
    await page.keyboard.type('.|200"}[5m]');
    await page.keyboard.press('Enter');
    await drawn(page, 2);
    const values = (await legend(page).allInnerTexts()).map(plain);
    assert.ok(values.some((v) => /code="200".*\s3\/s/s.test(v)) && values.some((v) => /code="503".*\s1\/s/s.test(v)), values.join('|'));
    assert.deepEqual(await accessibilityFindings(page), []);
    await shoot(page, 'metrics-en-light');
  });
});

test('every function and aggregation that completion offers is known to the server', async () => {
  const source = execFileSync('node', ['-e', `
    const text = require('fs').readFileSync('web/src/metrics/words.ts', 'utf8');
    const names = [...text.matchAll(/(\\w+): '/g)].map((m) => m[1]);
    console.log(names.join(' '));`], { cwd: new URL('..', import.meta.url), encoding: 'utf8' });
  const names = source.trim().split(' ');
  assert.ok(names.length > 80, source);
  for (const name of names) {
    const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent(`${name}(`)}`);
    const { error } = await answer.json();
    assert.ok(!/unknown function/.test(error), `${name}: ${error}`);
  }
  const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent('nonsense(')}`);
  assert.match((await answer.json()).error, /unknown function/);
});

test('zooming by drag and by key asks for less time, and Back leads out', async () => {
  const range = `from=${utc(end - 3600)}&to=${utc(end)}`;
  await visit(`#/metrics?a=shop_requests_total&${range}`, async (page) => {
    await drawn(page, 2);
    // The plot is made anew when its width is known.
    let box = null;
    await waitUntil(async () => (box = await page.locator('main section .u-over').boundingBox()) !== null, 'the plot');
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 40, { steps: 4 });
    await page.mouse.up();
    const from = async () => Date.parse((await queryOf(page)).get('from')) / 1000;
    await waitUntil(async () => Math.abs((await from()) - (end - 1800)) < 30, 'the zoom');
    await page.keyboard.press('+');
    await waitUntil(async () => (await from()) > end - 1700, 'the zoom by key');
    await page.goBack();
    await page.goBack();
    await waitUntil(async () => (await from()) === end - 3600, 'the first range');
  });
});

test('a day earlier is compared on the same axis', async () => {
  const range = `from=${utc(end - 1800)}&to=${utc(end)}`;
  await visit(`#/metrics?a=${encodeURIComponent('sum(rate(shop_requests_total[5m]))')}&${range}`, async (page) => {
    await drawn(page, 1);
    const top = async () => plain(await page.locator('main section p').first().innerText());
    assert.match(await top(), /Lowest 4\/s, highest 4\/s/);
    const before = await page.locator('main section canvas').evaluate((c) => c.toDataURL());
    const asked = page.waitForRequest((r) => r.url().includes('query_range') && Number(new URL(r.url()).searchParams.get('end')) < end - DAY + 60);
    await page.getByLabel('Compare').selectOption('1d');
    await asked;
    await page.locator('main section').getByText('The same time a day earlier').waitFor();
    // Yesterday it was 12 a second: the axis made room for it.
    await waitUntil(() => page.locator('main section canvas').evaluate((c, old) => c.toDataURL() !== old, before), 'the earlier line');
    await shoot(page, 'metrics-compared-en-light');
  });
});

test('a shared link shows the same in another page, and the commands run', async () => {
  await visit(`#/metrics?a=${encodeURIComponent('sum by (code) (shop_requests_total{job="app"})')}&range=15m&step=30s`, async (page) => {
    await drawn(page, 2);
    await page.getByRole('button', { name: 'Share' }).click();
    const link = await page.getByLabel('Link, with absolute times').inputValue();
    const curl = await page.getByLabel('As curl').inputValue();
    const hinomi = await page.getByLabel('As hinomi query').inputValue();
    const shown = await page.locator('main section p').first().innerText();
    const other = await browser.context.newPage();
    const problems = await watchProblems(other);
    await other.goto(link);
    await drawn(other, 2);
    assert.equal(await other.locator('main section p').first().innerText(), shown);
    assert.deepEqual(problems, []);
    await other.close();

    const env = { ...process.env, HINOMI_TOKEN: 'none' };
    const answer = JSON.parse(execFileSync('sh', ['-c', `${curl} -sS`], { env, encoding: 'utf8' }));
    assert.equal(answer.data.result.length, 2);
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${hinomi}`], { encoding: 'utf8' }).trim().split('\n');
    assert.match(await server.cli(...words.slice(1)), /code="503"/);
  });
});

test('a wrong expression shows where it is wrong', async () => {
  await visit(`#/metrics?a=${encodeURIComponent('sum(rate(shop_requests_total[5m])')}`, async (page) => {
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /wrong at character \d+: unclosed left parenthesis/);
    assert.equal(await alert.locator('mark').count(), 1);
    await page.evaluate(() => (location.hash = '#/metrics?a=shop_requests_total%20%2B%20%2B%20noSuch(1)'));
    await page.getByText(/wrong at character 25: unknown function with name "noSuch"/).waitFor();
    assert.equal(await alert.locator('mark').innerText(), 'n');
  });
});

test('a gap stays a gap, and a hostile label is only text', async () => {
  const range = `from=${utc(end - 7200)}&to=${utc(end)}`;
  await visit(`#/metrics?a=shop_stock_bytes&${range}`, async (page) => {
    await drawn(page, 1);
    assert.match(plain(await legend(page).first().innerText()), /<img src=x onerror=alert\(1\)>[\s\S]*3 MB/);
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await page.getByRole('table', { name: 'Table' }).getByText('<img src=x').waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await page.getByRole('button', { name: 'Plot', exact: true }).click();
    await drawn(page, 1);
    // 40 minutes of 120 are missing but for the five that a sample serves.
    const share = await page.locator('main section canvas').evaluate((canvas) => {
      const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const inked = Array.from({ length: width }, (_, x) => {
        for (let y = 0; y < height; y++) {
          const i = (y * width + x) * 4;
          if (data[i + 3] > 100 && data[i] < 60 && data[i + 2] > 130) return true;
        }
        return false;
      });
      const first = inked.indexOf(true);
      const last = inked.lastIndexOf(true);
      return inked.slice(first, last).filter((x) => !x).length / (last - first);
    });
    assert.ok(Math.abs(share - 35 / 120) < 0.03, String(share));
  });
});
