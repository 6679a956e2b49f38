// The console in Debian's Chromium, against a stand-in for the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityFindings, shoot, until } from './browser.mjs';
import { looks, sample } from './sample.mjs';
import { main, plain, visit } from './visit.mjs';

const screens = [
  { name: 'now', scene: 'night', hash: '' },
  { name: 'paged', scene: 'paged', hash: '' },
  { name: 'calm', scene: 'calm', hash: '' },
  { name: 'first', scene: 'first', hash: '' },
  { name: 'incident', scene: 'night', hash: '#/incidents/INC-204' },
  { name: 'alarm', scene: 'night', hash: '#/alarms/HighErrorRate' },
  { name: 'backtest', scene: 'night', hash: '#/alarms/HighErrorRate/backtest?pages=2' },
  { name: 'alarms', scene: 'night', hash: '#/alarms' },
  { name: 'incidents', scene: 'night', hash: '#/incidents' },
  { name: 'metrics-start', scene: 'night', hash: '#/metrics' },
  { name: 'metrics', scene: 'night', hash: '#/metrics?a=http_requests_total&b=node_load1&compare=1d' },
  { name: 'journal', scene: 'night', hash: '#/journal' },
  { name: 'settings-ops', scene: 'first', hash: '#/settings/ops?file=contacts.yml' },
  { name: 'settings-people', scene: 'first', hash: '#/settings/people' },
  { name: 'settings-tokens', scene: 'first', hash: '#/settings/tokens' },
  { name: 'settings-channels', scene: 'night', hash: '#/settings/channels' },
  { name: 'settings-appearance', scene: 'calm', hash: '#/settings/appearance' },
  { name: 'settings-about', scene: 'calm', hash: '#/settings/about' },
  { name: 'services', scene: 'night', hash: '#/services' },
  { name: 'service', scene: 'night', hash: '#/services/app' },
  { name: 'service-failing', scene: 'night', hash: '#/services/mailer' },
  { name: 'replica', scene: 'night', hash: '#/services/app/tasks/7f21c0aa000000000000000000000000' },
  { name: 'targets', scene: 'night', hash: '#/targets' },
  { name: 'target', scene: 'night', hash: '#/targets/probe%3Ashop' },
  { name: 'target-down', scene: 'night', hash: '#/targets/scrape%3Anode%2F10.0.0.7%3A9100' },
];

test('every screen is accessible and free of errors, in both languages and themes', async () => {
  for (const [place, { name, scene, hash }] of screens.entries()) {
    for (const look of sample(looks, place)) {
      const label = `${name}-${Object.values(look).join('-')}`;
      await visit({ ...look, scene, hash }, async (page) => {
        assert.deepEqual(await accessibilityFindings(page), [], label);
        assert.equal(await page.getAttribute('html', 'lang'), look.lang);
        // Never by colour alone: each state has its outline and its word.
        for (const state of await page.locator('.st:visible').all()) {
          assert.equal(await state.locator('svg').count(), 1, `${label}: ${await state.innerText()}`);
          assert.notEqual((await state.innerText()).trim(), '', label);
        }
        await shoot(page, label);
      });
    }
  }
});

test('the accessibility check finds what is wrong', async () => {
  await visit({ lang: 'en' }, async (page) => {
    await page.evaluate(() => {
      const image = document.createElement('img');
      image.src = '/favicon.svg';
      document.querySelector('main').append(image);
    });
    const found = await accessibilityFindings(page);
    assert.equal(found.length, 1);
    assert.match(found[0], /^image-alt: /);
  });
});

test('says what is wrong, who has it and who is called next', async () => {
  await visit({ lang: 'ja' }, async (page) => {
    const text = plain(await main(page));
    for (const words of ['app の 5xx エラーは 37 件です。しきい値は 10 件です。', '佐藤 美咲 が対応中（03:15:31 に確認）',
      '解決しなければ L2 へ', '田中 健（チームリード） 03:42:04', '到達 03:12:07', '対象外（緊急のみ）', '発報中']) {
      assert.ok(text.includes(words), `${words}\n${text}`);
    }
    assert.match(await page.locator('.count .t').innerText(), /^15:1\d$/);
    assert.match(plain(await page.locator('.clock').innerText()), /11\/24 火 03:26:\d\d JST/);
  });
  await visit({ lang: 'en' }, async (page) => {
    const text = plain(await main(page));
    for (const words of ['5xx errors of app: 37. The limit is 10.', 'Misaki Sato has it (acknowledged 03:15:31)',
      'To L2 unless resolved', 'Ken Tanaka, team lead 03:42:04', 'Not called, critical only']) {
      assert.ok(text.includes(words), `${words}\n${text}`);
    }
    assert.match(await page.title(), /^\(1\) Now · Hinomi$/);
  });
});

test('draws each metric with its limit', async () => {
  await visit({ lang: 'en' }, async (page) => {
    assert.equal(await page.locator('.lane canvas').count(), 5);
    const plot = page.locator('.lane .plot').first();
    const label = plain(await plot.getAttribute('aria-label'));
    assert.match(label, /^5xx errors: lowest 0, highest \d\d, now 37, limit 10\.$/);
    // Pixels in the colours of the limit (vermilion) and of the line (indigo).
    const counts = await plot.locator('canvas').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let limit = 0;
      let line = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 200) continue;
        if (data[i] > 150 && data[i + 2] < 60) limit += 1;
        if (data[i] < 60 && data[i + 2] > 130) line += 1;
      }
      return { limit, line };
    });
    assert.ok(counts.limit > 100 && counts.line > 100, JSON.stringify(counts));
  });
});

test('a click on Acknowledge posts and the page shows who has it', async () => {
  await visit({ scene: 'paged', lang: 'ja' }, async (page, mock) => {
    assert.ok((await main(page)).includes('まだ誰も引き受けていません'));
    await page.getByRole('button', { name: '確認：私が対応します' }).click();
    await page.getByText('が対応中').first().waitFor();
    assert.deepEqual(mock.posts(), [{ method: 'POST', path: '/incidents/INC-204/acknowledge', body: {}, type: 'application/json', key: '' }]);
    await page.getByRole('button', { name: '確認：私が対応します' }).waitFor({ state: 'detached' });
  });
});

test('a refused Acknowledge is undone and said', async () => {
  await visit({ scene: 'paged', lang: 'en' }, async (page, mock) => {
    mock.failActions = 'The journal cannot be written: the disk is full.';
    await page.keyboard.press('a');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    const said = await alert.innerText();
    assert.ok(said.includes('INC-204 could not be acknowledged. It stays unacknowledged.'), said);
    assert.ok(said.includes('the disk is full'), said);
    assert.ok((await main(page)).includes('Nobody has it yet'));
  });
});

test('a change at the server changes the page without a reload', async () => {
  await visit({ lang: 'ja' }, async (page, mock) => {
    await page.evaluate(() => (window.sameDocument = true));
    mock.scene = 'calm';
    mock.emit('incident.resolved', 'incident:INC-204');
    await page.getByText('すべて正常です', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => window.sameDocument), true);
    assert.equal(await page.title(), '現在 · Hinomi');
  });
});

test('without a stream the values are asked for, and nothing is called stale', async () => {
  await visit({ lang: 'en' }, async (page, mock) => {
    mock.noStream = true;
    mock.breakStreams();
    mock.scene = 'calm';
    await page.getByText('All is well', { exact: true }).waitFor();
    assert.ok((await page.locator('.clock').innerText()).includes('Live'));
    // Once it is there again, changes arrive at once.
    mock.noStream = false;
    const streams = () => mock.requests.filter((r) => r.path === '/events').length;
    const before = streams();
    while (streams() === before) await page.waitForTimeout(100);
    mock.scene = 'night';
    mock.emit('incident.opened', 'incident:INC-204');
    await page.getByText('5xx errors of app: 37. The limit is 10.').waitFor();
  });
});

test('a server that is gone is said, with the time of the values', async () => {
  await visit({ lang: 'en' }, async (page, mock) => {
    await mock.close();
    const banner = page.locator('.note.warn', { hasText: 'No update for' });
    await banner.waitFor();
    assert.match(plain(await banner.innerText()), /Showing values of 03:26:\d\d\./);
    assert.ok((await page.locator('.clock').innerText()).includes('Stale'));
    // What was known stays readable.
    assert.ok((await main(page)).includes('The limit is 10.'));
  });
});

test('without a session it asks for a token', async () => {
  await visit({ signedIn: false, lang: 'en' }, async (page, mock) => {
    assert.deepEqual(await accessibilityFindings(page), []);
    await shoot(page, 'sign-in-en-light');
    await page.getByLabel('Token').fill('hnm_bad');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This token is not known.').waitFor();
    await page.getByLabel('Token').fill('hnm_good');
    await page.keyboard.press('Enter');
    await page.getByText('The limit is 10.').waitFor();
    assert.deepEqual(mock.posts().at(-1).body, { token: 'hnm_good' });
  });
});

test('keys go to screens, act, and are listed', async () => {
  await visit({ lang: 'en' }, async (page, mock) => {
    await page.keyboard.press('n');
    await page.locator('dialog textarea').fill('Rolling back; g i is only text here');
    await page.getByRole('button', { name: 'Write' }).click();
    await page.locator('dialog textarea').waitFor({ state: 'detached' });
    assert.deepEqual(mock.posts()[0].body, { text: 'Rolling back; g i is only text here' });
    await page.keyboard.press('e');
    await page.getByText('Sends a page to Ken Tanaka, team lead.').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(mock.posts().length, 1);
    await page.keyboard.press('u');
    await page.getByText('UTC', { exact: true }).first().waitFor();
    assert.match(await page.locator('.clock b').innerText(), /^18:26/);
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.getByRole('heading', { name: 'Incidents' }).first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByText('The limit is 10.').waitFor();
  });
});

test('resolving asks for a reason first', async () => {
  await visit({ lang: 'ja', hash: '#/incidents/INC-204' }, async (page, mock) => {
    await page.keyboard.press('r');
    await page.getByText('アラーム HighErrorRate はまだ発報しています。').waitFor();
    await page.locator('dialog textarea').fill('v2.40.3 に戻しました');
    await page.locator('dialog').getByRole('button', { name: '解決する' }).click();
    await page.locator('dialog textarea').waitFor({ state: 'detached' });
    assert.equal(mock.posts()[0].path, '/incidents/INC-204/resolve');
    assert.deepEqual(mock.posts()[0].body, { reason: 'v2.40.3 に戻しました' });
  });
});

test('links lead straight to an incident and to an alarm', async () => {
  await visit({ lang: 'en', hash: '#/incidents/INC-204' }, async (page) => {
    const text = plain(await main(page));
    for (const words of ['HighErrorRate: app returns 37 5xx errors a minute', 'HTTP 503 Service Unavailable', 'Delivered, try 2', 'Who was told']) {
      assert.ok(text.includes(words), `${words}\n${text}`);
    }
    await page.getByRole('button', { name: 'People' }).click();
    assert.equal(await page.locator('main .tl li').count(), 2);
  });
  await visit({ lang: 'ja', hash: '#/alarms/HighErrorRate' }, async (page) => {
    const text = plain(await main(page));
    for (const words of ['1 分ごとの合計', 'GreaterThanThreshold', 'HighErrorRate が 正常 → 発報']) {
      assert.ok(text.includes(words), `${words}\n${text}`);
    }
    await page.getByText('値の表').click();
    assert.ok((await page.locator('details tbody tr').count()) > 30);
  });
  await visit({ lang: 'en', hash: '#/incidents/INC-999' }, async (page) => {
    await page.getByText('There is no incident INC-999.').waitFor();
  });
});

test('the language is switched in place and remembered', async () => {
  await visit({ lang: 'ja' }, async (page) => {
    await page.getByRole('button', { name: 'EN' }).click();
    await page.getByText('5xx errors of app: 37. The limit is 10.').waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    await page.getByText('Misaki Sato acknowledged.').first().waitFor(); // The server's words, too.
    assert.equal(await page.evaluate(() => localStorage.getItem('hinomi.lang')), 'en');
    await page.evaluate(() => localStorage.clear());
  });
});

test('a first start says what is doubtful before all else', async () => {
  await visit({ scene: 'first', lang: 'ja' }, async (page) => {
    const notes = (await page.locator('.note').allInnerTexts()).map(plain).join('\n');
    for (const words of ['alarms.yml の 14 行 5 文字目：', 'treshold という項目はありません', '誰も Hinomi 自身を見張っていません。',
      '呼び出しは誰にも届きません。', '観察中（11/24 03:36 まで）。']) {
      assert.ok(notes.includes(words), `${words}\n${notes}`);
    }
    const text = plain(await main(page));
    assert.ok(text.includes('2 件は正常、3 件はデータがありません'), text);
    assert.ok(!text.includes('すべて正常'), text); // Unknown is never well.
  });
});

test('a reader without the right sees all and can press nothing', async () => {
  const change = (now) => (now.server.rights = ['incidents:read']);
  await visit({ scene: 'paged', lang: 'en', change }, async (page, mock) => {
    assert.ok((await main(page)).includes('View only: you have no right to act'));
    for (const key of ['a', 'r', 'e', 'n']) await page.keyboard.press(key);
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.deepEqual(mock.posts(), []);
  });
});

test('text from outside stays text', async () => {
  const attack = '<img src=x onerror="document.title=\'owned\'"><script>1</script>';
  const change = (now) => {
    now.incidents[0].title = attack;
    now.incidents[0].acknowledged_by = attack;
    now.alarms[0].name = attack;
    now.alarms[0].metric = attack;
    now.changes[0].summary = attack;
    now.channels[0].name = attack;
    now.findings = [{ level: 'error', file: attack, line: 1, column: 1, message: attack }];
  };
  await visit({ lang: 'en', change, width: 320, height: 700 }, async (page) => {
    assert.ok((await main(page)).includes('<img src=x'));
    await until(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page to fit');
    assert.equal(await page.locator('main img, main script').count(), 0);
    assert.ok(!(await page.title()).includes('owned'));
  });
});

test('nothing scrolls sideways on a phone', async () => {
  for (const [place, { name, scene, hash }] of screens.entries()) {
    for (const width of sample([320, 390], place)) {
      await visit({ lang: width === 320 ? 'en' : 'ja', theme: 'dark', scene, hash, width, height: 700 }, async (page) => {
        // Plots take their width from the layout one frame after it.
        const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
        await until(fits, 'the page to fit').catch(async () => {
          const wide = await page.evaluate(() => [...document.querySelectorAll('*')]
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 120)));
          assert.fail(`${name} at ${width}: ${wide.join('\n')}`);
        });
        await shoot(page, `phone-${width}-${name}`);
      });
    }
  }
});
