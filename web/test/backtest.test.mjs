// The screen of an alarm's backtest: what it shows, tries, and says where it can show nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backtest, nothingStored } from './backtest_story.mjs';
import { accessibilityFindings, shoot, until } from './browser.mjs';
import { NOW } from './night.mjs';
import { looks, sample } from './sample.mjs';
import { main, plain, visit } from './visit.mjs';

const HASH = '#/alarms/HighErrorRate/backtest';
const asked = (mock) => mock.posts().filter((r) => r.path === '/alarms/backtest').map((r) => r.body);
const rows = (page, section) => page.locator('section', { hasText: section }).locator('tbody tr');

async function says(page, words) {
  const text = plain(await main(page));
  for (const one of words) assert.ok(text.includes(one), `${one}\n${text}`);
}

test('figures, plot, strip and tables of the last week, in both languages', async () => {
  const words = {
    ja: ['11/17 03:26 から 11/24 03:26 まで、呼び出しは 3 回、発報は合わせて 37 分 48 秒でした。', '2/3 件', '見逃し 1 件', '14 件', '呼び出しは週に 2 回以下', '支払いができないとの電話', '見逃した'],
    en: ['From 17 Nov 03:26 to 24 Nov 03:26 it would have paged 3 times and been in alarm for 37m 48s.', '2 of 3', 'missed: 1', 'pages a week, at most: 2', 'A customer calls: cannot pay', 'Told of'],
  };
  for (const look of sample(looks, 0)) {
    await visit({ ...look, hash: `${HASH}?pages=2` }, async (page, mock) => {
      await page.locator('.kpis').waitFor();
      await says(page, words[look.lang]);
      const days = (NOW - Date.parse(asked(mock)[0].from)) / 86_400_000;
      assert.ok(Math.abs(days - 7) < 0.001 && !('to' in asked(mock)[0]), 'the last 7 days, to the server\'s present');
      assert.equal(asked(mock)[0].incidents_a_week, 2);
      assert.match(plain(await page.locator('.plot[role=img]').getAttribute('aria-label')), /46.*10/);
      assert.equal(await page.locator('.plot canvas').count(), 1);
      assert.equal(await page.locator('.strip > .crit').count(), 3);
      assert.equal(await page.locator('.strip > .mute').count(), 1);
      // The table has all that the strip shows: the beginning and seven transitions.
      const transitions = rows(page, look.lang === 'ja' ? '状態の移り変わり' : 'Transitions');
      assert.equal(await transitions.count(), 8);
      assert.match(await transitions.nth(1).innerText(), /24\.0\] was greater than the threshold[^]*alert/);
      assert.deepEqual(await accessibilityFindings(page), []);
      await shoot(page, `backtest-week-${Object.values(look).join('-')}`);
    });
  }
});

test('another limit is tried, stands in the address, and is drawn', async () => {
  await visit({ lang: 'en', hash: HASH }, async (page, mock) => {
    await page.getByText('it would have paged 3 times').waitFor();
    assert.ok(!('threshold' in asked(mock)[0]));
    await page.keyboard.press('/'); // Leads to the limit.
    await page.keyboard.type('30');
    await page.keyboard.press('Enter');
    await page.getByText('it would have paged 1 time and').waitFor();
    assert.equal(asked(mock).at(-1).threshold, 30);
    assert.equal(new URL(page.url()).hash, `${HASH}?threshold=30`);
    await says(page, ['limit 30', '10 is in force', '1 of 3']);
    assert.match(await page.locator('.plot[role=img]').getAttribute('aria-label'), /limit 30\.$/);
    await page.goBack();
    await page.getByText('it would have paged 3 times').waitFor();
  });
});

test('it is asked once for a range, and again for another one', async () => {
  await visit({ lang: 'en', hash: HASH }, async (page, mock) => {
    await page.getByText('it would have paged 3 times').waitFor();
    mock.emit('incident.noted', 'incident:INC-204'); // What asks for the alarm anew.
    await until(() => mock.requests.filter((r) => r.path === '/alarms/HighErrorRate').length > 1, 'the alarm');
    assert.equal(asked(mock).length, 1);
    await page.getByRole('button', { name: '24 h' }).click();
    await page.getByText('From 23 Nov 03:26 to 24 Nov 03:26 it would have paged 1 time').waitFor();
    assert.equal(asked(mock).length, 2);
  });
});

test('one key leads from the alarm to its backtest, another back', async () => {
  await visit({ lang: 'ja', hash: '#/alarms/HighErrorRate' }, async (page) => {
    await page.getByRole('link', { name: 'バックテスト' }).waitFor();
    await page.keyboard.press('d');
    await page.locator('.kpis').waitFor();
    assert.equal(new URL(page.url()).hash, HASH);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: '定義' }).waitFor();
    assert.equal(new URL(page.url()).hash, '#/alarms/HighErrorRate');
  });
});

test('while it runs it says so; what the server refuses is said in its words', async () => {
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  await visit({ lang: 'en', hash: HASH, prepare: (mock) => (mock.hold = gate) }, async (page, mock) => {
    await page.getByText('Running the alarm over what is stored.').waitFor();
    assert.equal(await page.locator('.kpis').count(), 0);
    mock.failActions = 'that would be more than 1000000 evaluations; take a shorter time or fewer alarms';
    go();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /could not be run[^]*more than 1000000 evaluations; take a shorter time/);
    assert.deepEqual(await accessibilityFindings(page), []);
    mock.failActions = '';
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('it would have paged 3 times').waitFor();
    assert.equal(await alert.count(), 0);
  });
});

test('where nothing is stored it shows no figures, which would look like calm', async () => {
  await visit({ lang: 'ja', hash: HASH, prepare: (mock) => (mock.backtest = nothingStored) }, async (page) => {
    await page.getByText('呼び出しがなかったとは言えません。').waitFor();
    assert.equal(await page.locator('.kpis, .strip').count(), 0);
    assert.deepEqual(await accessibilityFindings(page), []);
  });
});

test('more points than can be drawn leave the figures', async () => {
  await visit({ lang: 'en', hash: `${HASH}?range=100d` }, async (page, mock) => {
    await page.getByText('144,001 points are too many for a plot.').waitFor();
    await says(page, ['it would have paged 3 times', 'Transitions']);
    assert.ok(!mock.requests.some((r) => r.path.endsWith('/series')));
  });
});

test('an alarm that flaps fits a phone, and none of its alarms is lost', async () => {
  const flaps = (body, lang) => {
    const result = backtest(body, lang);
    const from = Date.parse(result.from);
    const sum = result.alarms[0];
    sum.states = Array.from({ length: 300 }, (_, i) => ({ at: new Date(from + i * 1_800_000).toISOString(), state: i % 2 ? 'ALARM' : 'OK' }));
    sum.states_total = 301; // What follows the 299th is not known: 0.5 h less than 149.5 of 168.
    result.transitions = sum.states.slice(1).map((s, i) => ({ at: s.at, alarm: sum.name, contributor: '', from: sum.states[i].state, to: s.state, action: '', held_by: i === 0 ? 'mute:Sunday' : '', reason: 'x'.repeat(300) }));
    return { ...result, transitions_total: 1500 };
  };
  await visit({ lang: 'en', theme: 'dark', hash: HASH, width: 320, height: 640, prepare: (mock) => (mock.backtest = flaps) }, async (page) => {
    await page.locator('.kpis').waitFor();
    await until(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page to fit');
    const spans = await page.locator('.strip > span').count();
    assert.ok(spans > 0 && spans < 80, `${spans} spans`);
    assert.ok((await page.locator('.strip > .crit').count()) > 0);
    assert.ok(await page.locator('.strip').evaluate((e) => e.scrollWidth <= e.clientWidth));
    const drawn = await page.locator('.strip').evaluate((e) => (e.lastElementChild.getBoundingClientRect().right - e.getBoundingClientRect().left) / e.clientWidth);
    assert.ok(Math.abs(drawn - 149.5 / 168) < 0.03, `drawn to ${drawn} of the range`);
    await says(page, ['Not listed: 1201 more transitions.', 'held back: mute:Sunday']);
    await shoot(page, 'backtest-flapping-320');
  });
});

test('an alarm of others has states and no limit to try', async () => {
  const prepare = (mock) => (mock.change = (now) => Object.assign(now.alarms[0], { rule: 'ALARM(HighCPUUsage)' }));
  await visit({ lang: 'en', hash: HASH, prepare }, async (page) => {
    await page.locator('.kpis').waitFor();
    assert.equal(await page.locator('input[type=number], .plot canvas').count(), 0);
    assert.equal(await page.locator('.strip > .crit').count(), 3);
    await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  });
});
