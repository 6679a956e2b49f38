// Pictures of every screen, to be looked at: HN_SCREENSHOTS=folder node test/shots.mjs
import { openConsole, settled, shoot, startBrowser } from './browser.mjs';
import { startMock } from './mock_server.mjs';

const cases = [
  ['01-now-ja-light', 'night', {}],
  ['02-now-en-dark', 'night', { lang: 'en', theme: 'dark' }],
  ['03-paged-ja-light', 'paged', {}],
  ['04-paged-en-light', 'paged', { lang: 'en' }],
  ['05-calm-ja-light', 'calm', {}],
  ['06-first-en-light', 'first', { lang: 'en' }],
  ['07-incident-ja-dark', 'night', { theme: 'dark', hash: '#/incidents/INC-204' }],
  ['08-alarm-ja-light', 'night', { hash: '#/alarms/HighErrorRate' }],
  ['09-alarms-en-light', 'night', { lang: 'en', hash: '#/alarms' }],
  ['10-incidents-ja-contrast', 'night', { contrast: 'more', hash: '#/incidents' }],
  ['11-journal-ja-light', 'night', { hash: '#/journal' }],
  ['12-phone-ja-dark', 'paged', { theme: 'dark', width: 390, height: 844 }],
  ['13-phone-en-320', 'paged', { lang: 'en', width: 320, height: 640, hash: '#/incidents/INC-204' }],
  ['14-wall-ja-dark', 'night', { theme: 'dark', density: 'wall', width: 1920, height: 1080 }],
  ['15-backtest-ja-light', 'night', { hash: '#/alarms/HighErrorRate/backtest?pages=2' }],
  ['16-backtest-en-dark', 'night', { lang: 'en', theme: 'dark', hash: '#/alarms/HighErrorRate/backtest?threshold=20' }],
  ['17-backtest-phone-en', 'night', { lang: 'en', width: 390, height: 844, hash: '#/alarms/HighErrorRate/backtest?pages=2' }],
];

const only = process.argv.slice(2);
const browser = await startBrowser();
for (const [name, scene, options] of cases) {
  if (only.length > 0 && !only.some((o) => name.startsWith(o))) continue;
  const mock = await startMock({ scene });
  const { page, problems } = await openConsole(browser, mock.url, options);
  await settled(page);
  await page.waitForTimeout(500);
  await shoot(page, name, { fullPage: options.width === undefined ? false : options.width < 500 });
  if (problems.length > 0) console.log(name, problems);
  await page.close();
  await mock.close();
}
await browser.close();
