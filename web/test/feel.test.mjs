// How the console behaves when something is not as it should be, and at scale.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityFindings, until } from './browser.mjs';
import { count } from './night.mjs';
import { main, plain, visit } from './visit.mjs';

const INCIDENT = '#/incidents/INC-204';

test('a note is kept while the server is away, and written once', async () => {
  await visit({ lang: 'en', hash: INCIDENT }, async (page, mock) => {
    await page.keyboard.press('n');
    await page.locator('dialog textarea').fill('Only /api/orders fails');
    mock.deaf = true;
    await page.getByRole('button', { name: 'Write' }).click();
    await page.locator('dialog').getByText('What you wrote is kept; press again once it answers').waitFor();
    assert.equal(await page.locator('dialog textarea').inputValue(), 'Only /api/orders fails');
    mock.deaf = false;
    await page.getByRole('button', { name: 'Write' }).click();
    await page.locator('dialog textarea').waitFor({ state: 'detached' });
    const notes = mock.posts().filter((r) => r.path.endsWith('/note'));
    assert.ok(notes.length >= 2);
    // Under one name the server does it once.
    assert.equal(new Set(notes.map((r) => r.key)).size, 1);
    assert.match(notes[0].key, /^[0-9a-f]{32}$/);
    await page.keyboard.press('n');
    assert.equal(await page.locator('dialog textarea').inputValue(), '');
  });
});

test('a session that ends in the middle of a note loses no word', async () => {
  await visit({ lang: 'ja', hash: INCIDENT }, async (page, mock) => {
    await page.keyboard.press('n');
    await page.locator('dialog textarea').fill('注文だけ 500 です');
    mock.signedIn = false;
    await page.getByRole('button', { name: '書く' }).click();
    await page.getByText('書きかけの内容は残っています').waitFor();
    assert.deepEqual(await accessibilityFindings(page), []);
    await page.getByLabel('トークン').fill('hnm_good');
    await page.keyboard.press('Enter');
    const text = page.locator('dialog textarea');
    await text.waitFor();
    assert.equal(await text.inputValue(), '注文だけ 500 です');
    await page.getByRole('button', { name: '書く' }).click();
    await text.waitFor({ state: 'detached' });
    assert.deepEqual(mock.posts().at(-1).body, { text: '注文だけ 500 です' });
  });
});

test('what was begun survives a reload, and Esc puts it aside', async () => {
  await visit({ lang: 'en', hash: INCIDENT }, async (page) => {
    await page.keyboard.press('n');
    await page.locator('dialog textarea').fill('half a thought');
    await page.reload();
    assert.equal(await page.locator('dialog textarea').inputValue(), 'half a thought');
    await page.keyboard.press('Escape');
    await page.locator('dialog textarea').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('heading', { name: 'HighErrorRate: app' }).waitFor();
    assert.equal(await page.locator('dialog[open]').count(), 0);
    await page.keyboard.press('n');
    assert.equal(await page.locator('dialog textarea').inputValue(), 'half a thought');
  });
});

// Three days and five hours ahead, and put right while the page is open.
const wrongClock = () => {
  const Real = Date;
  let wrong = 3.2 * 86400_000;
  window.setClockRight = () => (wrong = 0);
  window.Date = class extends Real {
    constructor(...given) {
      if (given.length === 0) super(Real.now() + wrong);
      else super(...given);
    }
    static now() {
      return Real.now() + wrong;
    }
  };
};

test('a browser whose clock is wrong shows the right times', async () => {
  await visit({ lang: 'en', init: wrongClock }, async (page) => {
    const right = async () => {
      assert.match(await page.locator('.count .t').innerText(), /^15:1\d$|^15:0\d$/);
      assert.match(plain(await page.locator('.clock').innerText()), /Tue 24 Nov 03:(26|27):\d\d JST/);
    };
    await right();
    await page.evaluate(() => window.setClockRight());
    const before = await page.locator('.clock b').innerText();
    await until(async () => (await page.locator('.clock b').innerText()) !== before, 'the clock to move');
    await right();
    assert.equal(await page.locator('.note.warn', { hasText: 'No update' }).count(), 0);
  });
});

function manyAlarms(mock) {
  mock.change = (now) => {
    const [first] = now.alarms;
    mock.alarms ??= Array.from({ length: 10_000 }, (_, i) => ({
      ...first, name: `Alarm${String(i).padStart(5, '0')}`, state: i % 1000 === 7 ? 'ALARM' : 'OK',
      metric: i % 2 ? 'CPUUtilization' : 'MemoryUtilization',
    }));
    now.alarms = mock.alarms.filter((a) => a.state === 'ALARM');
    now.counts = { ...count(now), ALARM: 10, OK: 9990, INSUFFICIENT_DATA: 0 };
  };
}

test('ten thousand alarms are scrolled, found and counted; only those in sight are drawn', async () => {
  await visit({ lang: 'en', hash: '#/alarms', prepare: manyAlarms }, async (page, mock) => {
    assert.match(plain(await main(page)), /All 10,?000/);
    await page.getByRole('link', { name: 'Alarm00007' }).waitFor(); // Those in ALARM come first.
    const drawn = await page.locator('tbody tr').count();
    assert.ok(drawn < 150, `${drawn} rows are drawn`);
    assert.equal(await page.getAttribute('table', 'aria-rowcount'), '10001');
    await page.evaluate(() => document.getElementById('main').scrollTo(0, 1e9));
    await page.getByRole('link', { name: 'Alarm09999' }).waitFor();
    assert.ok((await page.locator('tbody tr').count()) < 150);
    const asked = mock.requests.filter((r) => r.path === '/alarms').length;
    assert.ok(asked < 20, `${asked} pages were asked for`);
    // Back finds the place again.
    const place = () => page.evaluate(() => document.getElementById('main').scrollTop);
    // Also when it is left in the very moment in which it stands still.
    const left = await page.evaluate(async () => {
      const list = document.getElementById('main');
      const moved = new Promise((done) => list.addEventListener('scroll', done, { once: true }));
      list.scrollBy(0, -200);
      await moved;
      document.querySelector('a[href="#/alarms/Alarm09999"]').click();
      return list.scrollTop;
    });
    await page.getByRole('heading', { name: 'Alarm09999' }).waitFor();
    await page.goBack();
    await until(async () => Math.abs((await place()) - left) < 50, 'the list to be where it was left');
    await page.keyboard.press('/');
    await page.keyboard.type('alarm０4321'); // Full width is the same.
    await page.getByRole('link', { name: 'Alarm04321' }).waitFor();
    await until(async () => (await page.locator('tbody tr').count()) === 1, 'the list to be 1 long');
    assert.match(new URL(page.url()).hash, /match=alarm04321/);
    assert.deepEqual(await accessibilityFindings(page), []);
    await page.reload();
    await page.getByRole('link', { name: 'Alarm04321' }).waitFor();
    await until(async () => (await page.locator('tbody tr').count()) === 1, 'the list to be 1 long');
  });
});

test('rows are walked by keys', async () => {
  await visit({ lang: 'en', hash: '#/alarms' }, async (page) => {
    await page.getByRole('link', { name: 'HighErrorRate' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const second = await page.evaluate(() => document.activeElement.textContent);
    assert.equal(second, 'HighResponseTime');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'HighErrorRate' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Alarms' }).waitFor();
  });
});

test('one field leads to every screen, thing and action', async () => {
  await visit({ lang: 'en' }, async (page, mock) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Journal' }).waitFor();
    await page.keyboard.type('journ');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Journal' }).waitFor();
    await page.keyboard.press(':');
    await page.getByRole('combobox').fill('HighMem');
    await page.getByRole('option', { name: 'HighMemoryUsage' }).click();
    await page.getByRole('heading', { name: 'HighMemoryUsage' }).waitFor();
    await page.keyboard.press(':');
    await page.getByRole('combobox').fill('app services');
    await page.getByRole('option', { name: /^app/ }).click();
    await page.getByRole('heading', { name: 'app' }).first().waitFor();
    await page.keyboard.press(':');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.type('zzz');
    await page.getByText('Nothing is called “zzz”.').waitFor();
    assert.deepEqual(await accessibilityFindings(page), []);
    await page.keyboard.press('Escape');
    await page.goto(`${mock.url}/?lang=en${INCIDENT}`);
    await page.getByText('Who was told').first().waitFor();
    await page.keyboard.press(':');
    await page.keyboard.type('note');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.locator('dialog textarea').waitFor();
  });
});

test('the guide is one key away, in the reader\'s language', async () => {
  await visit({ lang: 'ja' }, async (page) => {
    await page.keyboard.press('?');
    assert.equal(await page.getByRole('link', { name: '手引き' }).getAttribute('href'), '/docs/ja/console');
    await page.keyboard.press('Escape');
    await page.keyboard.press(':');
    await page.getByRole('option', { name: '手引き' }).waitFor();
  });
});

test('a key right after a dialog is closed counts, wherever the focus still is', async () => {
  await visit({ lang: 'en' }, async (page) => {
    await page.keyboard.press('?');
    await page.locator('dialog[open] input').waitFor();
    // At once, as between two frames: the browser takes the focus away with the next one.
    await page.evaluate(() => {
      const dialog = document.querySelector('dialog[open]');
      const field = dialog.querySelector('input');
      field.focus();
      dialog.close();
      field.dispatchEvent(new KeyboardEvent('keydown', { key: ':', bubbles: true }));
    });
    await page.getByRole('option').first().waitFor();
  });
});

test('says why, with the values and the entries it rests on', async () => {
  await visit({ lang: 'ja', hash: '#/alarms/HighErrorRate' }, async (page) => {
    await page.getByRole('heading', { name: 'HighErrorRate' }).waitFor();
    await page.keyboard.press('w');
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('1 分間の 5xx は 37 件で').waitFor();
    await dialog.getByText('データなし').first().waitFor();
    await dialog.getByText('HighErrorRate が 正常 → 発報').waitFor();
    assert.deepEqual(await accessibilityFindings(page), []);
  });
});

test('the states of an alarm stand below its plot', async () => {
  await visit({ lang: 'en', hash: '#/alarms/HighErrorRate' }, async (page) => {
    const strip = page.locator('.strip > span');
    await strip.nth(1).waitFor();
    assert.deepEqual((await strip.allInnerTexts()).map((text) => text.trim()), ['OK', 'Alarm']);
    // Of three hours, the last quarter of an hour.
    const widths = await strip.evaluateAll((spans) => spans.map((s) => s.getBoundingClientRect().width));
    assert.ok(widths[1] / (widths[0] + widths[1]) > 0.05 && widths[1] / (widths[0] + widths[1]) < 0.12, String(widths));
  });
});

test('a screen that cannot be loaded says so, and is tried again', async () => {
  await visit({ lang: 'en' }, async (page) => {
    await page.route('**/assets/Journal*.js', (route) => route.abort());
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await page.getByText('This screen could not be loaded.').waitFor();
    await page.unroute('**/assets/Journal*.js');
    await page.getByRole('button', { name: 'Reload the page' }).click();
    await page.getByRole('heading', { name: 'Journal' }).waitFor();
  });
});

test('a choice on a page is an address that shows the same', async () => {
  await visit({ lang: 'en', hash: '#/alarms?state=OK' }, async (page) => {
    await page.getByRole('button', { name: 'OK 3', pressed: true }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 3);
    await page.getByRole('button', { name: 'All 5' }).click();
    await until(async () => (await page.locator('tbody tr').count()) === 5, 'the list to be 5 long');
    await page.goBack();
    await until(async () => (await page.locator('tbody tr').count()) === 3, 'the list to be 3 long');
  });
});
