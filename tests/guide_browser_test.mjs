// The guide in a real browser: accessible in both languages and themes, readable
// on a small telephone, and with no script at all.
//   HINOMI_BINARY=build/dev/hinomi node --test tests/guide_browser_test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFindings, shoot, startBrowser, watchProblems } from '../web/test/browser.mjs';
import { Server } from './console_server.mjs';
import { looks, sample } from '../web/test/sample.mjs';

const LANGUAGES = ['ja', 'en'];
const THEMES = ['light', 'dark'];

let browser;
let server;
before(async () => {
  browser = await startBrowser();
  server = await new Server().start();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens a page of the guide, and fails on anything that went wrong in it. */
async function read(path, { theme = 'light', width = 1280, height = 900, contrast = 'no-preference' }, body) {
  const page = await browser.context.newPage();
  const problems = await watchProblems(page);
  try {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: theme, contrast });
    const answer = await page.goto(`${server.url}/docs/${path}`);
    assert.equal(answer.status(), 200);
    await body(page);
    assert.deepEqual(problems, []);
  } finally {
    await page.close();
  }
}

/** All pages of a language, as its own list has them. */
async function chapters(language) {
  let names;
  await read(`${language}/`, {}, async (page) => {
    names = await page.locator('#chapters a').evaluateAll((links) => links.map((a) => a.getAttribute('href').replace('./', '')));
  });
  assert.equal(names.length, 22);
  return names;
}

test('every page is accessible in both themes and languages', async () => {
  for (const [place, name] of (await chapters('en')).entries()) {
    for (const { lang, theme } of sample(looks, place)) {
      await read(`${lang}/${name}`, { theme }, async (page) => {
        assert.equal(await page.locator('html').getAttribute('lang'), lang);
        assert.equal(await page.locator('h1').count(), 1);
        assert.deepEqual(await accessibilityFindings(page), [], `${lang}/${name} ${theme}`);
      });
    }
  }
});

test('both languages have the same pages', async () => {
  assert.deepEqual(await chapters('ja'), await chapters('en'));
});

test('nothing is cut off at 320 px', async () => {
  for (const [place, name] of (await chapters('en')).entries()) {
    for (const language of sample(LANGUAGES, place)) {
      await read(`${language}/${name}`, { width: 320, height: 640 }, async (page) => {
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(over, 0, `${language}/${name} scrolls sideways by ${over} px`);
        // Tables and blocks scroll in a box of their own, by key as well.
        for (const box of await page.locator('.scroll, pre').all()) {
          assert.equal(await box.getAttribute('tabindex'), '0');
        }
      });
    }
  }
  for (const language of LANGUAGES) {
    await read(`${language}/alarms`, { width: 320, height: 640 }, async (page) => {
      assert.deepEqual(await accessibilityFindings(page), []);
      await shoot(page, `guide-alarms-${language}-phone`);
    });
  }
});

test('high contrast has its own colours', async () => {
  for (const theme of THEMES) {
    await read('en/incidents', { theme, contrast: 'more' }, async (page) => {
      assert.deepEqual(await accessibilityFindings(page), []);
    });
  }
});

test('by keyboard alone: past the bar, to the next chapter', async () => {
  await read('en/alarms', {}, async (page) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(new URL(page.url()).hash, '#content');
    await page.locator('a[rel="next"]').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/docs/en/services');
  });
});

test('the other language is the same page, and an anchor holds in both', async () => {
  await read('en/alarms#how-an-alarm-is-judged', {}, async (page) => {
    await page.getByRole('link', { name: '日本語' }).click();
    await page.waitForURL('**/docs/ja/alarms');
    await page.goto(`${server.url}/docs/ja/alarms#how-an-alarm-is-judged`);
    const heading = page.getByRole('heading', { name: '判定の仕方' });
    assert.ok((await heading.boundingBox()).y < 300);
  });
});

test('what it looks like, in its own colours and on paper', async () => {
  for (const language of LANGUAGES) {
    for (const theme of THEMES) {
      await read(`${language}/incidents`, { theme }, async (page) => {
        const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        assert.equal(ground, theme === 'light' ? 'rgb(245, 246, 247)' : 'rgb(14, 18, 22)');
        await shoot(page, `guide-incidents-${language}-${theme}`);
      });
    }
  }
  await read('en/reference-yaml', {}, (page) => shoot(page, 'guide-reference-yaml-en-light'));
  await read('en/incidents', {}, async (page) => {
    await page.emulateMedia({ media: 'print' });
    assert.ok(!(await page.locator('#chapters').isVisible()));
    assert.ok(!(await page.locator('.bar').isVisible()));
    assert.ok(await page.locator('h1').isVisible());
  });
});
