// Services, the log of a replica and targets, against a stand-in for the server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { accessibilityFindings, shoot, until } from './browser.mjs';
import { services, targets, tasks, TASKS } from './services_story.mjs';
import { main, plain, visit } from './visit.mjs';

const LOG = `#/services/app/tasks/${TASKS[0]}`;
const hasAll = async (page, words) => {
  const text = plain(await main(page));
  for (const word of words) assert.ok(text.includes(word), `${word}\n${text}`);
};
const shows = (page, text) => page.locator('main').getByText(text).first().waitFor();

test('Now tells of each service in a line, and leads to it', async () => {
  await visit({ lang: 'en' }, async (page) => {
    await page.locator('aside').getByRole('link', { name: 'mailer' }).waitFor();
    await hasAll(page, ['3 of 3', 'Healthy', '0 of 2', 'Failing']);
    await page.locator('aside').getByRole('link', { name: 'app', exact: true }).click();
    await shows(page, 'app: 3 of 3 healthy.');
    assert.equal(new URL(page.url()).hash, '#/services/app');
  });
  await visit({ lang: 'en', prepare: (mock) => (mock.services = null) }, async (page) => {
    await page.locator('aside').getByRole('heading', { name: 'What changed' }).waitFor();
    assert.equal(await page.locator('aside').getByRole('heading', { name: 'Services' }).count(), 0);
  });
});

test('the list says how many are well, and what is wrong about them', async () => {
  await visit({ lang: 'ja' }, async (page) => {
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.locator('main table').waitFor();
    await hasAll(page, ['app', '3 / 3 台', '正常', 'INC-204', 'HighErrorRate', 'has reached a steady state', 'mailer', '起動に失敗中', '0 / 2 台']);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await shows(page, 'app は 3 台中 3 台が正常です。');
  });
});

test('a service is a sentence first, then why, its replicas and what happened', async () => {
  await visit({ lang: 'en', hash: '#/services/app' }, async (page) => {
    await hasAll(page, ['app: 3 of 3 healthy.', 'was scaled from 2 to 3 replicas', '1 to 8', 'until 03:29:00', 'HighErrorRate',
      'SC-3: app goes from 2 to 3 replicas', 'local:9152', '5903', '52.4 MB', 'ended by SIGKILL', 'Its process ended.']);
    await page.keyboard.press('w');
    await page.locator('dialog').getByText('was scaled from 2 to 3 replicas').waitFor();
    await page.keyboard.press('Escape');
  });
  await visit({ lang: 'en', hash: '#/services/mailer' }, async (page) => {
    await hasAll(page, ['mailer: 0 of 2 healthy; the last 4 starts failed.', 'cannot run /nowhere/program', 'tried at 03:27:30']);
  });
  await visit({ lang: 'ja', hash: '#/services/absent' }, async (page) => {
    await hasAll(page, ['Hinomi が動かすサービスに absent はありません。']);
  });
});

test('scaling says what it would do, and asks', async () => {
  await visit({ lang: 'en', hash: '#/services/app' }, async (page, mock) => {
    await shows(page, 'app: 3 of 3 healthy.');
    await page.keyboard.press('d');
    const dialog = page.locator('dialog');
    await dialog.getByText('app has 3 already.').waitFor();
    assert.equal(await dialog.locator('.primary').isDisabled(), true);
    await dialog.getByRole('button', { name: 'One more' }).click();
    await dialog.getByText('app goes from 3 to 4 replicas.').waitFor();
    await dialog.getByText('3 are healthy now.').waitFor();
    await dialog.getByText('Scaling by alarms rests until 03:31:48.').waitFor();
    assert.deepEqual(await accessibilityFindings(page), []);
    await shoot(page, 'scale-en-light');
    await dialog.getByLabel('Number of replicas').fill('9');
    await dialog.getByText('app can have 1 to 8 replicas (min_count and max_count in targets.yml), not 9.').waitFor();
    assert.equal(await dialog.locator('.primary').isDisabled(), true);
    await dialog.getByLabel('Number of replicas').fill('2');
    await dialog.getByText('app goes down from 3 to 2 replicas.').waitFor();
    // Until here nothing was done.
    assert.ok(mock.posts().every((r) => r.body.dry_run === true));
    mock.deaf = true;
    await dialog.getByRole('button', { name: 'Scale to 2' }).click();
    await dialog.getByText('Press again once it does').waitFor();
    mock.deaf = false;
    await dialog.getByRole('button', { name: 'Scale to 2' }).click();
    await dialog.getByLabel('Number of replicas').waitFor({ state: 'detached' });
    const done = mock.posts().filter((r) => !r.body.dry_run);
    assert.ok(done.length >= 2);
    assert.deepEqual(done.at(-1).body, { count: 2 });
    assert.equal(new Set(done.map((r) => r.key)).size, 1, 'one intention, one name');
    await shows(page, 'app: 3 of 2 healthy.');
  });
});

test('without the right there is nothing to press, and the key does nothing', async () => {
  const change = (now) => (now.server.rights = ['console:read']);
  await visit({ lang: 'en', hash: '#/services/app', change }, async (page) => {
    await shows(page, 'View only: you have no right to act');
    await page.keyboard.press('d');
    assert.equal(await page.locator('dialog[open]').count(), 0);
  });
});

test('without services the screen teaches how to have one', async () => {
  await visit({ lang: 'ja', hash: '#/services', prepare: (mock) => (mock.services = []) }, async (page) => {
    await hasAll(page, ['Hinomi が動かすサービスはまだありません。', 'sample-app', 'hinomi check ops/']);
    assert.deepEqual(await accessibilityFindings(page), []);
  });
  const prepare = (mock) => Object.assign(mock, { services: [], watched: [{ name: 'legacy', cluster: 'production' }] });
  await visit({ lang: 'en', hash: '#/services', prepare }, async (page) => {
    await hasAll(page, ['legacy: only watched. With a command, Hinomi runs it.']);
  });
  await visit({ lang: 'en', hash: '#/services', prepare: (mock) => (mock.services = null) }, async (page) => {
    await hasAll(page, ['This server runs no services.', 'It shares its database with others.']);
  });
});

test('a log is followed, paused by scrolling up, filtered and kept in the address', async () => {
  const numbered = (from, to) => Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('');
  const prepare = (mock) => (mock.logs = { [TASKS[0]]: numbered(0, 500) });
  await visit({ lang: 'en', hash: LOG, prepare }, async (page, mock) => {
    const box = page.getByRole('region', { name: 'Output of 7f21c0aa' });
    const write = (text) => (mock.logs[TASKS[0]] += text);
    const visible = (text) => until(async () => (await box.innerText()).split('\n').includes(text) &&
      box.getByText(text, { exact: true }).evaluate((e) => {
        const inside = e.closest('[role=region]').getBoundingClientRect();
        const own = e.getBoundingClientRect();
        return own.top >= inside.top && own.bottom <= inside.bottom + 1;
      }), `${text} to be in sight`);
    await visible('line 499');
    write(numbered(500, 510));
    await visible('line 509');
    // Up: what comes is counted and moves nothing.
    await box.hover();
    await page.mouse.wheel(0, -1500);
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
    const top = await box.evaluate((e) => e.scrollTop);
    write(numbered(510, 517));
    const newest = page.getByRole('button', { name: '7 new lines' });
    await newest.waitFor();
    assert.ok(Math.abs((await box.evaluate((e) => e.scrollTop)) - top) <= 1);
    await newest.click();
    await visible('line 516');
    write('half');
    await visible('half');
    write(' and whole\n');
    await visible('half and whole');
    await page.keyboard.press('.'); // Pauses,
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
    await page.keyboard.press('.'); // and goes on.
    await newest.waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.type('LINE 51');
    await shows(page, '8 lines match');
    assert.match(new URL(page.url()).hash, /match=LINE\+51/);
    await page.reload();
    await shows(page, '8 lines match');
    write('line 5199\n');
    await shows(page, '9 lines match');
    await page.getByRole('searchbox').fill('nothing like it');
    await shows(page, 'No line matches.');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await shows(page, 'line 5199');
    mock.ended = true;
    await shows(page, 'The replica has ended.');
    await page.keyboard.press('Escape');
    await shows(page, 'app: 3 of 3 healthy.');
  });
});

test('hostile output is text: markup, escapes, controls, turned-around text, a megabyte in a line', async () => {
  const attack = '<img src=x onerror="document.title=\'owned\'">';
  const lines = [
    attack,
    '\x1b[31;1mred and bold\x1b[0m calm \x1b[38;5;196mown colour\x1b[m',
    '\x1b]0;owned by a title\x07\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\ \x1b[2J\x1b[H\x1bcafter',
    'a\x00b\x08c\x7fd\u0085e',
    'user \u202egnp.exe',
    'x'.repeat(1_000_000),
    'ends with a return\r',
  ];
  const prepare = (mock) => (mock.logs = { [TASKS[0]]: `${lines.join('\n')}\n` });
  await visit({ lang: 'en', hash: LOG, prepare, width: 320, height: 700 }, async (page) => {
    await shows(page, 'ends with a return');
    await hasAll(page, [attack, 'red and bold calm own colour', 'link after', 'a\u2400b\u2408c\u2421d\u27e8U+0085\u27e9e',
      'user \u27e8U+202E\u27e9gnp.exe', '… 999000 more characters']);
    assert.equal(await page.locator('main img, main script, main a[href*=evil]').count(), 0);
    assert.ok(!(await page.title()).includes('owned'));
    const red = page.getByText('red and bold');
    assert.equal(await red.evaluate((e) => e.className.includes('crit') && e.className.includes('bold')), true);
    assert.equal(await page.getByText('own colour').evaluate((e) => e.className.includes('crit')), false);
    assert.ok(!(await main(page)).includes('\u241b')); // No escape is left over.
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    await page.keyboard.press('l');
    await until(async () => (await main(page)).includes('… 990000 more characters'), 'wrapped lines to show more');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    assert.deepEqual(await accessibilityFindings(page), []);
  });
});

test('100,000 lines are shown whole, smoothly, and downloaded as they were written', async () => {
  const COUNT = 100_000;
  const text = Array.from({ length: COUNT }, (_, i) => `2026-11-24T03:12:04Z GET /api/orders/${i} 200 in ${i % 97} ms \x1b[32mok\x1b[0m\n`).join('');
  const prepare = (mock) => (mock.logs = { [TASKS[0]]: text });
  await visit({ lang: 'en', hash: LOG, prepare }, async (page) => {
    await shows(page, '2000 lines');
    await page.getByRole('button', { name: 'Show from the start' }).click();
    await shows(page, `${COUNT} lines`);
    await shows(page, '/api/orders/99999 ');
    const box = page.getByRole('region', { name: 'Output of' });
    assert.ok((await box.locator('.line').count()) < 200);
    // Frames while scrolling through all of it; a loaded machine delays some, not half.
    const frames = await box.evaluate(async (e) => {
      const lengths = [];
      let before = performance.now();
      for (let i = 0; i < 60; i += 1) {
        e.scrollTop = (e.scrollHeight * (60 - i)) / 60;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        lengths.push(now - before);
        before = now;
      }
      return lengths.sort((a, b) => a - b);
    });
    console.log(`100,000 lines: frames while scrolling, median ${frames[30].toFixed(0)} ms, longest ${frames.at(-1).toFixed(0)} ms`);
    assert.ok(frames[30] < 100, `${frames[30]} ms`); // A list that draws all takes seconds.
    await box.evaluate((e) => (e.scrollTop = 0));
    await shows(page, '/api/orders/0 ');
    const started = performance.now();
    await page.getByRole('searchbox').fill('orders/77777 ');
    await shows(page, '1 line matches');
    console.log(`100,000 lines: filtered within ${(performance.now() - started).toFixed(0)} ms of typing`);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), 'app-7f21c0aa.log');
    assert.equal(readFileSync(await file.path(), 'utf8'), text);
  });
});

test('a replica that wrote nothing, and one that is forgotten, say so', async () => {
  await visit({ lang: 'en', hash: LOG, prepare: (mock) => (mock.logs = { [TASKS[0]]: '' }) }, async (page, mock) => {
    await shows(page, 'Nothing has been written yet.');
    mock.logs[TASKS[0]] = 'first\n';
    await shows(page, 'first');
  });
  await visit({ lang: 'en', hash: '#/services/app/tasks/0000' }, async (page) => {
    await shows(page, 'app has no replica 0000 any more.');
    await shows(page, 'The output of this replica is not kept any more.');
  });
});

test('targets: what is down comes first, with its error and what to do', async () => {
  await visit({ lang: 'en' }, async (page) => {
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.locator('main table').waitFor();
    const first = page.locator('main tbody tr').first();
    assert.match(await first.innerText(), /node\/10\.0\.0\.7:9100[\s\S]*Connection refused[\s\S]*Down/);
    const counts = plain(await page.locator('main .seg').innerText());
    assert.match(counts, /All 5[\s\S]*Down 1[\s\S]*Unknown 1[\s\S]*Up 3/);
    await page.getByRole('button', { name: 'Down' }).click();
    await until(async () => (await page.locator('main tbody tr').count()) === 1, 'the one that is down, alone');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await shows(page, 'node/10.0.0.7:9100 has failed since 03:11:15');
    await hasAll(page, ['cannot connect to 10.0.0.7:9100: Connection refused', 'See whether it runs, and check address, port and firewall.',
      'Every', '15 s', '03:27:00', 'No samples since 03:21:48.']);
  });
});

test('a probe shows its phases and its certificate, and the newest samples', async () => {
  await visit({ lang: 'ja', hash: '#/targets/probe%3Ashop' }, async (page) => {
    await hasAll(page, ['shop は 02:00:00 から応答しています', 'プローブ HTTP', '名前解決', '2 ms', '最初の 1 バイトまで', '150 ms', 'あと 9 日',
      'node_load1', 'cpu="0"', '0.25', '3 系列']);
    await page.getByRole('searchbox').fill('time');
    await shows(page, '1 系列');
    assert.match(new URL(page.url()).hash, /match=time/);
  });
  await visit({ lang: 'en', hash: '#/targets/probe%3Aabsent' }, async (page) => {
    await hasAll(page, ['There is no target probe:absent.']);
  });
});

test('without targets the screen teaches how to have some; 5,000 of them stay smooth', async () => {
  await visit({ lang: 'en', hash: '#/targets', prepare: (mock) => (mock.targets = []) }, async (page) => {
    await hasAll(page, ['Nothing is watched yet.', 'host_collector: true', 'probes:']);
  });
  const node = targets()[1];
  const many = Array.from({ length: 5000 }, (_, i) => ({ ...node, id: `scrape:node/${i}`, name: `node/${i}`, state: i % 2 ? 'up' : 'down' }));
  await visit({ lang: 'en', hash: '#/targets', prepare: (mock) => (mock.targets = many) }, async (page) => {
    await shows(page, 'node/0');
    assert.ok((await page.locator('main tbody tr').count()) < 300);
    await page.getByRole('searchbox').fill('node/4321');
    await shows(page, 'node/4321');
    assert.equal(await page.locator('main tbody tr').count(), 1);
  });
});

test('names, reasons and errors from outside stay text', async () => {
  const attack = '<img src=x onerror="document.title=\'owned\'"><script>1</script>';
  const hostile = services().map((s, i) => ({ ...s, name: attack + i, reason: attack, events: [{ at: s.since, message: attack }] }));
  const prepare = (mock) => Object.assign(mock, {
    services: hostile, tasks: tasks().map((t) => ({ ...t, stopped_reason: attack, host: attack })),
    targets: targets().map((t) => ({ ...t, name: attack, target: attack, error: attack, state: 'down', labels: { [attack]: attack } })),
    samples: [{ series: attack, labels: { __name__: attack, a: attack }, value: '1', at: '2026-11-23T18:26:45Z', ended: true }],
  });
  for (const hash of ['#/services', `#/services/${encodeURIComponent(attack + 0)}`, '#/targets', '#/targets/probe%3Ashop', '']) {
    await visit({ lang: 'en', hash, prepare, width: 320, height: 700 }, async (page) => {
      await shows(page, '<img src=x');
      assert.equal(await page.locator('main img, main script').count(), 0);
      assert.ok(!(await page.title()).includes("owned'") || (await page.title()).includes('<img'));
      await until(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${hash} to fit`);
    });
  }
});
