// The metrics explorer in Debian's Chromium, against canned answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFindings, openConsole, shoot, startBrowser } from './browser.mjs';
import { HOSTILE } from './metrics_mock.mjs';
import { startMock } from './mock_server.mjs';

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

/** Runs `body` with a fresh server and page; fails on any error in the page. */
async function visit(hash, body, { prepare, ...choices } = {}) {
  const mock = await startMock();
  const { page, problems } = await openConsole(browser, mock.url, { lang: 'en', hash: '#/journal', ...choices });
  page.setDefaultTimeout(15_000);
  try {
    await prepare?.(page, mock);
    await page.evaluate((to) => {
      localStorage.removeItem('hinomi.expressions');
      location.hash = to;
    }, hash);
    await page.getByRole('heading', { name: /^(Metrics|メトリクス)$/ }).waitFor();
    await body(page, mock);
    assert.deepEqual(problems, []);
  } finally {
    await page.close();
    await mock.close();
  }
}

const FIXED = 'from=2026-11-23T17:00:00Z&to=2026-11-23T18:00:00Z';
const hashOf = (page) => page.evaluate(() => decodeURIComponent(location.hash));
const queryOf = async (page) => new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]);
const main = async (page) => (await page.locator('main').innerText()).replace(/\u00a0/g, ' ');
/** Waits until `condition` holds in the node process or the page. */
async function until(condition, what) {
  for (let i = 0; i < 400; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`waited in vain for ${what}`);
}
/** The editor's field, once its code has come. */
async function editor(page, letter = 'a') {
  const field = page.locator(`[data-editor="${letter}"] .cm-content`);
  await field.waitFor();
  return field;
}
const drawn = (page, n) => until(async () => (await page.locator('main section canvas').count()) === 1
  && (await page.locator('main section ul[aria-label] > li').count()) === n, `${n} series`);
const ranges = (mock) => mock.promql.filter((r) => r.path === '/query_range');

test('an expression is written with completion, run by Enter, and stands in the address', async () => {
  await visit('#/metrics', async (page, mock) => {
    await (await editor(page)).click();
    await page.keyboard.type('sum by (job) (rate(http_re');
    const list = page.locator('.cm-tooltip-autocomplete');
    await list.getByText('http_requests_total').waitFor();
    assert.match(await list.innerText(), /http_requests_total\s*counter/);
    await page.waitForTimeout(100); // The editor takes no key for 75 ms after the list opened.
    await page.keyboard.press('ArrowDown');
    await page.locator('.cm-completionInfo').getByText('Requests answered, by status.').waitFor();
    await page.keyboard.press('Enter'); // Takes the completion; nothing runs yet.
    assert.equal(await hashOf(page), '#/metrics');
    await page.keyboard.type('{code="');
    await list.getByText('503').waitFor();
    await page.keyboard.press('Escape'); // Closes the list and stays in the field.
    await list.waitFor({ state: 'detached' });
    await page.keyboard.type('503"}[5m]');
    await page.keyboard.press('Enter');
    await drawn(page, 3);
    assert.equal((await queryOf(page)).get('a'), 'sum by (job) (rate(http_requests_total{code="503"}[5m]))');
    assert.equal(ranges(mock).at(-1).query, 'sum by (job) (rate(http_requests_total{code="503"}[5m]))');
  });
});

test('the keyboard is never caught, and letters typed are text, not commands', async () => {
  await visit('#/metrics?a=up', async (page) => {
    await (await editor(page)).click();
    await page.keyboard.press('End');
    await page.keyboard.type(' + up[t.?:');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    const inEditor = () => page.evaluate(() => document.activeElement.hasAttribute('data-editor'));
    assert.equal(await inEditor(), true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.equal(await inEditor(), false);
    await (await editor(page)).click();
    await page.keyboard.press('Escape');
    await (await editor(page)).click();
    await page.keyboard.press('Tab');
    assert.equal(await inEditor(), false);
    await page.keyboard.press('Shift+Tab');
    assert.equal(await inEditor(), true);
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('x');
    assert.equal(await (await editor(page)).locator('.cm-line').count(), 2);
  });
});

test('Ctrl-Space completes an empty expression with functions that exist', async () => {
  await visit('#/metrics', async (page) => {
    await (await editor(page)).click();
    await page.keyboard.press('Control+Space');
    const list = page.locator('.cm-tooltip-autocomplete');
    await list.getByText('node_load1').waitFor();
    await page.keyboard.type('histogram_q');
    await list.getByText('histogram_quantile').waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await (await editor(page)).innerText(), 'histogram_quantile()');
  });
});

test('without the editor\'s code a plain field does the same', async () => {
  await visit('#/metrics', async (page) => {
    const field = page.getByRole('textbox', { name: 'PromQL expression a' });
    await field.waitFor();
    await page.locator('main textarea').fill('up');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('+ up');
    assert.equal(await hashOf(page), '#/metrics');
    await page.keyboard.press('Enter');
    await drawn(page, 3);
    assert.equal((await queryOf(page)).get('a'), 'up\n+ up');
  }, { prepare: (page) => page.route('**/editor_code*', (route) => route.fulfill({ status: 404, body: '' })) });
});

test('a wrong expression shows where, in words and in the text', async () => {
  await visit('#/metrics?a=sum(wrong(up))', async (page) => {
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /wrong at character 5: unknown function with name "wrong"/);
    assert.equal(await alert.locator('mark').innerText(), 'w');
    await editor(page);
    assert.equal(await page.locator('.pq-fault').innerText(), 'w');
    assert.deepEqual(await accessibilityFindings(page), []);
    await shoot(page, 'metrics-wrong-en-light');
  });
});

test('warnings of the server are shown with their place', async () => {
  await visit('#/metrics?a=quantile(2, warned)', async (page) => {
    await page.getByText('At character 10: quantile value should be between 0 and 1, got 2').waitFor();
  });
});

test('dragging over the plot zooms, a double click and Back lead out again', async () => {
  await visit(`#/metrics?a=up&${FIXED}`, async (page, mock) => {
    await drawn(page, 3);
    const plot = page.locator('main section .u-over');
    const drag = async () => {
      let box = null; // While another answer is drawn there is no plot for a moment.
      await until(async () => (box = await plot.boundingBox()) !== null, 'the plot');
      await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 });
      await page.mouse.up();
    };
    const seconds = async (name) => Date.parse((await queryOf(page)).get(name)) / 1000;
    const start = await seconds('from');
    await drag();
    await until(async () => (await seconds('from')) > start, 'the zoom');
    const length = (await seconds('to')) - (await seconds('from'));
    assert.ok(Math.abs((await seconds('from')) - start - 900) < 20 && Math.abs(length - 900) < 20, await hashOf(page));
    await until(() => Math.abs(ranges(mock).at(-1).start - start - 900) < 30, 'the new question');
    await drawn(page, 3);
    await plot.dblclick();
    await until(async () => (await seconds('from')) === start, 'the way back');
    await drag();
    await until(async () => (await seconds('from')) > start, 'the zoom');
    await page.goBack();
    await until(async () => (await seconds('from')) === start, 'Back');
    await drag();
    await until(async () => (await seconds('from')) > start, 'the zoom');
    await page.keyboard.press('z');
    await until(async () => (await seconds('from')) === start, 'the key');
  });
});

test('keys zoom, shift, follow and open the range; typed times are in the zone shown', async () => {
  await visit(`#/metrics?a=up&${FIXED}`, async (page) => {
    await drawn(page, 3);
    const is = async (from, to) => until(async () => {
      const query = await queryOf(page);
      return query.get('from') === from && query.get('to') === to;
    }, `${from} to ${to}, not ${await hashOf(page)}`);
    await page.keyboard.press('+');
    await is('2026-11-23T17:15:00Z', '2026-11-23T17:45:00Z');
    await page.keyboard.press('-');
    await is('2026-11-23T17:00:00Z', '2026-11-23T18:00:00Z');
    await page.keyboard.press('[');
    await is('2026-11-23T16:30:00Z', '2026-11-23T17:30:00Z');
    await page.keyboard.press(']');
    await is('2026-11-23T17:00:00Z', '2026-11-23T18:00:00Z');
    await page.keyboard.press('.');
    await until(async () => !(await queryOf(page)).has('from'), 'the live end');
    await page.keyboard.press('t');
    await page.getByRole('textbox', { name: /^From/ }).fill('2026-11-24 99:00');
    await page.getByText('"2026-11-24 99:00" is not a time.').waitFor();
    await page.getByRole('textbox', { name: /^From/ }).fill('2026-11-24 02:00');
    await page.getByRole('textbox', { name: /^To/ }).fill('2026/11/24 03:00:30');
    await page.keyboard.press('Enter');
    await is('2026-11-23T17:00:00Z', '2026-11-23T18:00:30Z');
    await page.getByRole('group', { name: 'Range' }).getByRole('button', { name: '15 min' }).click();
    await until(async () => (await queryOf(page)).get('range') === '15m', 'the length');
  });
});

test('another expression, hidden ones, and the legend', async () => {
  await visit(`#/metrics?a=up&${FIXED}`, async (page, mock) => {
    await drawn(page, 3);
    await page.getByRole('button', { name: 'Add an expression' }).click();
    await (await editor(page, 'b')).click();
    await page.keyboard.type('node_load1 ');
    await page.keyboard.press('Enter');
    await drawn(page, 6);
    await page.getByRole('button', { name: 'Hide expression a' }).click();
    await drawn(page, 3);
    assert.equal((await queryOf(page)).get('hide'), 'a');
    await page.getByRole('button', { name: 'Hide expression a' }).click();
    await drawn(page, 6);
    const entry = page.locator('ul[aria-label="Legend"] > li').first();
    await entry.locator('.entry').click();
    await until(async () => (await entry.locator('.entry').getAttribute('aria-pressed')) === 'false', 'the series to be hidden');
    assert.ok((await queryOf(page)).get('off'));
    assert.match(await main(page), /5 series\. Lowest/);
    await entry.getByRole('button', { name: /Only this/ }).click();
    await page.getByText(/^1 series\. Lowest/).waitFor();
    await page.reload(); // The address holds all of it.
    await page.getByText(/^1 series\. Lowest/).waitFor();
    await page.getByRole('button', { name: 'Show all series' }).click();
    await page.getByText(/^6 series\. Lowest/).waitFor();
    await page.getByRole('button', { name: 'Remove expression a' }).click();
    await drawn(page, 3);
    assert.equal((await queryOf(page)).get('a'), null);
    assert.ok(mock.promql.length > 0);
  });
});

test('the legend has the values under the pointer', async () => {
  await visit(`#/metrics?a=process_resident_memory_bytes&${FIXED}`, async (page) => {
    await drawn(page, 1);
    const value = page.locator('ul[aria-label="Legend"] > li .num');
    assert.match(await value.innerText(), /^5\d\.\d+\sMB$/);
    const before = await value.innerText();
    let box = null;
    await until(async () => (box = await page.locator('main section .u-over').boundingBox()) !== null, 'the plot');
    await page.mouse.move(box.x + box.width * 0.3, box.y + 60);
    await until(async () => (await value.innerText()) !== before, 'another value');
    assert.match(await main(page), /24 Nov 02:1[789]:\d\d/);
  });
});

test('the same a day earlier lies under it, from a shifted question', async () => {
  await visit(`#/metrics?a=up&${FIXED}`, async (page, mock) => {
    await drawn(page, 3);
    await page.getByLabel('Compare').selectOption('1d');
    // The plot may have asked more than once for today, when it learnt its width.
    const DAY = 86_400;
    const earlier = () => ranges(mock).find((one) => ranges(mock).some(
      (other) => other.start - one.start === DAY && other.end - one.end === DAY));
    await until(() => earlier() !== undefined, 'the same question a day earlier');
    assert.equal((await queryOf(page)).get('compare'), '1d');
    await page.locator('main section').getByText('The same time a day earlier').waitFor();
    // Grey strokes are on the canvas now: no channel stands out, and they are dark enough.
    await until(() => page.locator('main section canvas').evaluate((canvas) => {
      const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let grey = 0;
      for (let i = 0; i < data.length; i += 4) {
        if ((i / 4) % width < 100 || data[i + 3] < 150) continue;
        const [r, g, b] = data.slice(i, i + 3);
        if (Math.abs(r - 0x5d) < 14 && Math.abs(g - 0x68) < 14 && Math.abs(b - 0x71) < 14) grey += 1;
      }
      return grey > 200;
    }), 'grey lines');
  });
});

test('the table has every series, sorts, and is virtual', async () => {
  await visit('#/metrics?a=many(1200)&view=table', async (page, mock) => {
    const table = page.getByRole('table', { name: 'Table' });
    await table.waitFor();
    assert.equal(await table.getAttribute('aria-rowcount'), '1201');
    assert.ok((await table.locator('tbody tr').count()) < 200);
    assert.equal(mock.promql.some((r) => r.path === '/query'), true);
    const first = () => table.locator('tbody tr:not([data-space]) td.mono').first().innerText();
    assert.match(await first(), /many\{n="1199"\}|many\{n="1198"\}/);
    await table.getByRole('button', { name: 'Value' }).click();
    await until(async () => /n="[0-2]"/.test(await first()), 'the smallest');
    await table.getByRole('button', { name: 'Series' }).click();
    await until(async () => /n="0"/.test(await first()), 'the first name');
  });
});

test('of many series the largest are drawn, and it says so', async () => {
  await visit(`#/metrics?a=many(120)&${FIXED}`, async (page) => {
    await page.getByText('120 series; the 100 largest are drawn.').waitFor();
    await drawn(page, 100);
    assert.equal(await page.locator('ul[aria-label="Legend"]').getByText('many{n="0"}', { exact: true }).count(), 0);
    await page.getByText('All series as a table (120)').click();
    const table = page.getByRole('table', { name: /All series/ });
    await table.getByText('many{n="0"}', { exact: true }).waitFor();
    assert.equal(await table.locator('tbody tr').count(), 120);
  });
});

test('a missing stretch is a gap in the line', async () => {
  await visit(`#/metrics?a=gappy&${FIXED}`, async (page) => {
    await drawn(page, 1);
    const runs = await page.locator('main section canvas').evaluate((canvas) => {
      const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const inked = Array.from({ length: width }, (_, x) => {
        for (let y = 0; y < height; y++) {
          const i = (y * width + x) * 4;
          if (data[i + 3] > 100 && data[i] < 60 && data[i + 2] > 130) return 1;
        }
        return 0;
      });
      return inked.join('').split(/0{20,}/).filter(Boolean).length;
    });
    assert.equal(runs, 3); // Every other ten minutes of an hour.
  });
});

test('share gives a link with absolute times that shows the same, and commands', async () => {
  await visit('#/metrics?a=up&b=node_load1&hide=b&range=15m&compare=1d&step=30s', async (page, mock) => {
    await drawn(page, 3);
    await page.getByRole('button', { name: 'Share' }).click();
    const link = await page.getByLabel('Link, with absolute times').inputValue();
    assert.match(link, /from=2026-11-23T18%3A1\d/);
    assert.ok(!link.includes('range='));
    assert.match(await page.getByLabel('As curl').inputValue(), /^curl -G .*query_range.* --data-urlencode query=up .*--data-urlencode step=30s$/);
    assert.match(await page.getByLabel('As hinomi query').inputValue(), /^hinomi query up --from 2026-\S+Z --to 2026-\S+Z --step 30s$/);
    assert.deepEqual(await accessibilityFindings(page), []);
    const before = await page.evaluate(() => document.querySelector('main section p').innerText);
    const asked = ranges(mock).length;
    const other = await browser.context.newPage();
    await other.goto(link);
    await drawn(other, 3);
    assert.ok(ranges(mock).length > asked);
    assert.equal(await other.evaluate(() => document.querySelector('main section p').innerText), before);
    assert.equal(await other.getByRole('button', { name: 'Hide expression b' }).getAttribute('aria-pressed'), 'true');
    await other.close();
  });
});

test('with nothing asked it teaches, and remembers what was run', async () => {
  await visit('#/metrics', async (page) => {
    await page.getByRole('button', { name: 'node_load1' }).waitFor();
    await page.getByRole('button', { name: 'rate(http_requests_total[5m])' }).waitFor();
    // The quantile gives nothing here, so another one is shown.
    await page.getByRole('button', { name: 'topk(5, count by (__name__) ({__name__!=""}))' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /quantile/ }).count(), 0);
    await page.getByRole('button', { name: 'node_load1' }).click();
    await drawn(page, 3);
    await page.goBack();
    await page.getByRole('button', { name: 'rate(http_requests_total[5m])' }).click();
    await until(async () => (await queryOf(page)).get('a') === 'rate(http_requests_total[5m])', 'the other one');
    await page.getByText('Recent expressions').click();
    await page.getByRole('button', { name: 'node_load1' }).click();
    await until(async () => (await queryOf(page)).get('a') === 'node_load1', 'the one before');
    await page.getByRole('button', { name: 'Clear the history' }).click();
    await page.getByText('Recent expressions').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => localStorage.getItem('hinomi.expressions')), '[]');
  });
  await visit('#/metrics', async (page) => {
    await page.getByText('host_collector: true').waitFor();
  }, { prepare: (_page, mock) => (mock.noMetrics = true) });
});

test('time that moves on lets a slow answer come', async () => {
  await visit('#/metrics?a=slow&b=up&range=5m', async (_page, mock) => {
    const asked = (text) => ranges(mock).filter((r) => r.query === text).length;
    await until(() => asked('up') >= 3, 'the live end to move twice');
    assert.equal(asked('slow'), 1);
    assert.equal(mock.givenUp ?? 0, 0);
  });
});

test('without the right to read metrics it says what to ask for', async () => {
  await visit('#/metrics?a=up', async (page) => {
    await page.getByText('You have no right to read metrics. Ask an administrator for metrics:read.').waitFor();
  }, { prepare: (_page, mock) => (mock.denied = true) });
});

test('a later question ends an earlier one', async () => {
  await visit(`#/metrics?a=up&${FIXED}`, async (page, mock) => {
    await drawn(page, 3);
    const go = (text) => page.evaluate((hash) => (location.hash = hash), `#/metrics?a=${text}&${FIXED}`);
    await go('slow');
    await until(() => ranges(mock).at(-1).query === 'slow', 'the slow question');
    await go('many(4)');
    await drawn(page, 4);
    await until(() => mock.givenUp === 1, 'the slow question to be given up');
  });
});

test('hostile label values are text everywhere', async () => {
  await visit(`#/metrics?a=hostile&${FIXED}`, async (page) => {
    await drawn(page, 2);
    assert.ok((await page.locator('ul[aria-label="Legend"]').innerText()).includes('<img src=x'));
    await page.getByText('All series as a table').click();
    await page.getByRole('table').getByText('<img src=x').waitFor();
    await (await editor(page)).click();
    await page.keyboard.press('End');
    await page.keyboard.type('{path="');
    const list = page.locator('.cm-tooltip-autocomplete');
    await list.getByText('<img src=x').waitFor();
    const chosen = list.locator('li[aria-selected]');
    // For 75 ms after it has opened keys are still the text's (interactionDelay of
    // CodeMirror's autocompletion): an arrow would leave the place.
    await page.waitForTimeout(300);
    await until(async () => {
      if ((await chosen.innerText()).includes('<img')) return true;
      await page.keyboard.press('ArrowDown');
      return false;
    }, 'the value to be chosen');
    await page.keyboard.press('Enter');
    await page.locator('.cm-tooltip-autocomplete').waitFor({ state: 'detached' });
    const written = await (await editor(page)).innerText();
    assert.ok(written.startsWith('hostile{path="<img src=x onerror=\\"document.title='), written);
    assert.equal(await (await editor(page)).locator('.cm-line').count(), 1); // Its line break is an escape.
    assert.equal(await page.locator('main img').count(), 0);
    assert.ok(!(await page.title()).includes('owned'));
    assert.ok(HOSTILE.includes('\n'));
  });
});

test('an alarm\'s range is in its address, moved by the same keys', async () => {
  await visit('#/metrics', async (page, mock) => {
    await page.evaluate(() => (location.hash = '#/alarms/HighErrorRate'));
    await page.getByRole('group', { name: 'Range' }).getByRole('button', { name: '3 h', pressed: true }).waitFor();
    await page.getByRole('button', { name: '24 h' }).click();
    assert.equal((await queryOf(page)).get('range'), '24h');
    const series = () => mock.requests.filter((r) => r.path.includes('/series')).length;
    const before = series();
    await page.keyboard.press('[');
    await until(async () => (await queryOf(page)).has('from'), 'the range to stay');
    await until(() => series() > before, 'the earlier values');
    await page.keyboard.press('.');
    await until(async () => (await queryOf(page)).get('range') === '24h', 'the live end');
    await page.keyboard.press('t');
    await page.getByRole('heading', { name: 'Range' }).waitFor();
    assert.deepEqual(await accessibilityFindings(page), []);
  });
});
