// Every screen of the console over the real binary with real data: accessible in
// both languages and themes, free of errors, and kept as a picture.
//   HINOMI_BINARY=build/dev/hinomi node --test tests/console_screens_test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFindings, openConsole, settled, shoot, startBrowser, until } from '../web/test/browser.mjs';
import { Server, waitUntil } from './console_server.mjs';
import { errors, quietHours } from './console_story.mjs';
import { looks, sample } from '../web/test/sample.mjs';

let browser;
let server;
let incident;
before(async () => {
  browser = await startBrowser();
  server = await new Server({ noAuth: true }).start();
  await server.send(quietHours(Date.now() - 2000));
  await waitUntil(async () => (await server.get('now')).alarms.every((a) => a.state === 'OK'), 'all alarms to be OK');
  await server.send(errors(37));
  incident = await waitUntil(async () => (await server.get('incidents')).incidents[0], 'the incident', 20);
  await server.cli('incident', 'acknowledge', incident.id);
  await server.cli('incident', 'note', incident.id, 'ロールバックを始めます <img src=x onerror=alert(1)>');
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** By name of the picture; what tells that the screen is there with its data. */
const screens = () => ({
  now: ['', '.headline'],
  alarms: ['#/alarms', 'tbody a[data-row]'],
  alarm: ['#/alarms/HighErrorRate', '.plot canvas'],
  backtest: ['#/alarms/HighErrorRate/backtest?range=6h&pages=2', '.kpis'],
  incidents: ['#/incidents', 'tbody a[data-row]'],
  incident: [`#/incidents/${incident.id}`, '.tl li'],
  services: ['#/services', 'main h1'],
  targets: ['#/targets', 'main h1'],
  metrics: [`#/metrics?${new URLSearchParams({ a: 'CPUUtilization', b: 'MemoryUtilization', range: '3h' })}`, 'main section canvas'],
  journal: ['#/journal', 'main h1'],
  'settings-ops': ['#/settings/ops', 'main h1'],
  'settings-people': ['#/settings/people', 'main h1'],
  'settings-tokens': ['#/settings/tokens', 'main h1'],
  'settings-channels': ['#/settings/channels', 'main h1'],
  'settings-appearance': ['#/settings/appearance', 'main h1'],
  'settings-about': ['#/settings/about', 'main h1'],
});
const phones = [
  { lang: 'ja', theme: 'light', width: 390, height: 844 },
  { lang: 'en', theme: 'dark', width: 320, height: 640 },
];

async function look(options, name, [hash, there]) {
  const { page, problems } = await openConsole(browser, server.url, { ...options, hash });
  page.setDefaultTimeout(15_000);
  try {
    await settled(page);
    await page.locator(there).first().waitFor();
    const label = [name, options.width, options.lang, options.theme, options.contrast].filter(Boolean).join('-');
    assert.deepEqual(await accessibilityFindings(page), [], label);
    assert.equal(await page.getAttribute('html', 'lang'), options.lang);
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    await until(fits, `${label} to fit`);
    for (const state of await page.locator('.st:visible').all()) {
      assert.equal(await state.locator('svg').count(), 1, `${label}: a state without its outline`);
    }
    assert.equal(await page.locator('main img:not(.cm-widgetBuffer)').count(), 0, label);
    await shoot(page, `screen-${label}`, { fullPage: options.width < 500 });
    assert.deepEqual(problems, [], label);
  } finally {
    await page.close();
  }
}

/** Every screen, in each of `kinds`, or in the one whose turn it is. */
async function everyScreen(kinds) {
  for (const [place, [name, screen]] of Object.entries(screens()).entries()) {
    for (const kind of sample(kinds, place)) await look(kind, name, screen);
  }
}

test('every screen is accessible with real data, in both languages and themes', () => everyScreen(looks));
test('every screen fits a phone', () => everyScreen(phones));

test('an address as a chat or a mail keeps it opens the screen', async () => {
  for (const [path, heading] of [['/services', 'Services'], ['/targets', 'Targets'], ['/settings/channels', 'Settings'], ['/alarms/HighErrorRate', 'HighErrorRate']]) {
    const { page, problems } = await openConsole(browser, server.url, { path, lang: 'en' });
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    assert.equal(new URL(page.url()).hash, `#${path}`);
    assert.deepEqual(problems, []);
    await page.close();
  }
});

test('a backtest says what happened, and what another limit would have done', async () => {
  const { page, problems } = await openConsole(browser, server.url, { hash: '#/alarms/HighErrorRate/backtest?range=6h', lang: 'en' });
  page.setDefaultTimeout(15_000);
  // The alarm's 37 errors a minute opened the one incident that there was.
  await page.getByText('it would have paged 1 time and').waitFor();
  await page.getByText('1 of 1', { exact: true }).waitFor();
  const told = page.locator('section', { hasText: 'Incidents in that time' });
  assert.ok((await told.innerText()).includes(incident.id));
  await page.locator('.strip > .crit').waitFor();
  await page.getByLabel('Try the limit').fill('50');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('it would have paged nobody').waitFor();
  await page.getByText('0 of 1', { exact: true }).waitFor();
  assert.equal(await page.locator('.strip > .crit').count(), 0);
  assert.deepEqual(problems, []);
  await page.close();
});
