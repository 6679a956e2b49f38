// One visit to the console, against a stand-in for the server.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { openConsole, settled, startBrowser } from './browser.mjs';
import { startMock } from './mock_server.mjs';

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

/** Runs `body` with a fresh server and page; fails on any error in the page.
 * `change` alters what GET /now tells, `prepare` the stand-in, `init` runs in the page first. */
export async function visit(options, body) {
  const { scene = 'night', signedIn = true, change, prepare, ...choices } = options;
  const mock = await startMock({ scene });
  mock.signedIn = signedIn;
  mock.change = change;
  prepare?.(mock);
  const { page, problems } = await openConsole(browser, mock.url, choices);
  page.setDefaultTimeout(15_000);
  try {
    await settled(page);
    await body(page, mock);
    assert.deepEqual(problems, []);
  } finally {
    await page.close();
    await mock.close();
  }
}
export const main = (page) => page.locator('main').innerText();
export const plain = (text) => text.replace(/\u00a0/g, ' ');
