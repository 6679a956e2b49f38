// The real binary and a real browser: what a person who was woken sees and does.
//   HINOMI_BINARY=build/dev/hinomi node --test tests/console_test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFindings, openConsole, settled, shoot, startBrowser, watchProblems } from '../web/test/browser.mjs';
import { looks, sample } from '../web/test/sample.mjs';
import { Server, waitUntil } from './console_server.mjs';
import { errors, quietHours, well } from './console_story.mjs';

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

const PICTURE = { width: 1200, height: 740 }; // As README shows it.
const PROMPT_MS = 5000; // Much less than the 15 s after which a page asks by itself.
const plain = (text) => text.replace(/\u00a0/g, ' ');
const textOf = async (page) => plain(await page.locator('main').innerText());

async function hasAll(page, words) {
  const text = await textOf(page);
  for (const word of words) assert.ok(text.includes(word), `${word}\n${text}`);
}

const isOpen = async (server) => (await server.get('incidents')).incidents.find((i) => i.alarm === 'HighErrorRate');

/** A fresh server with three quiet hours behind it. */
async function serve(options, body) {
  const server = await new Server(options).start();
  try {
    await server.send(quietHours(Date.now() - 2000));
    await waitUntil(async () => (await server.get('now')).alarms.every((a) => a.state === 'OK'), 'all alarms to be OK');
    await body(server);
  } catch (error) {
    error.message += `\n${server.said()}`;
    throw error;
  } finally {
    await server.close();
  }
}

/** Errors rise over the limit, and an incident is open. */
async function trouble(server) {
  await server.send(errors(37));
  return waitUntil(() => isOpen(server), 'the incident to open', 10);
}

/** Signs this browser in by a session of its own. */
async function signIn(server) {
  await browser.context.clearCookies();
  const answer = await browser.context.request.post(`${server.url}/api/hinomi/v1/session`, { data: { token: server.token() } });
  assert.equal(answer.status(), 200);
}

/** Opens the page, and fails on anything that went wrong in it. */
async function visit(server, options, body) {
  const { page, problems } = await openConsole(browser, server.url, options);
  page.setDefaultTimeout(10_000);
  try {
    await settled(page);
    await body(page);
    assert.deepEqual(problems, []);
  } finally {
    await page.close();
  }
}

test('the one-time link signs in, once', async () => {
  await serve({ language: 'en' }, async (server) => {
    await browser.context.clearCookies();
    await visit(server, { lang: 'en' }, async (page) => {
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      assert.deepEqual(await accessibilityFindings(page), []);
      await shoot(page, 'sign-in-en-light');
    });
    const link = server.signInLink();
    const page = await browser.context.newPage();
    const problems = await watchProblems(page);
    await page.goto(link);
    await settled(page);
    assert.equal(new URL(page.url()).pathname, '/');
    await page.getByRole('button', { name: 'Sign out (admin)' }).click();
    await page.getByLabel('Token').waitFor();
    await page.goto(link);
    await page.getByText('This link was used already or is too old.').waitFor();
    await page.getByLabel('Token').fill(`${server.token()}x`);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Token').fill(server.token());
    await page.keyboard.press('Enter');
    await page.getByText('All is well', { exact: true }).waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });
});

test('an alarm fires: what is wrong, who has it, how long, who is next', async () => {
  await serve({}, async (server) => {
    await signIn(server);
    await visit(server, { lang: 'ja', ...PICTURE }, async (page) => {
      await page.getByText('すべて正常です', { exact: true }).waitFor();
      await shoot(page, 'calm-ja-light');
      const began = Date.now();
      await server.send(errors(37));
      await page.getByText('app の 5xx エラーは').waitFor({ timeout: PROMPT_MS });
      assert.ok(Date.now() - began < PROMPT_MS);
      await page.locator('.headline', { hasText: '送信箱のみ' }).waitFor({ timeout: PROMPT_MS });
      await hasAll(page, [
        'app の 5xx エラーは 37 件です。しきい値は 10 件です。', 'まだ誰も引き受けていません', '解決しなければ L2 へ',
        'オンコール', 'チームリード', 'システムアーキテクト', '発報中', '上限 1,000 ms', '下限 1 台', '上限 85 %',
      ]);
      const until = await page.locator('.count .t').innerText();
      assert.match(until, /^(30:00|29:\d\d)$/);
      await waitUntil(async () => (await page.locator('.count .t').innerText()) !== until, 'the countdown to move');
      assert.match(plain(await page.locator('.clock').innerText()), /\d\d:\d\d:\d\d JST/);
      const plot = page.locator('.lane .plot').first();
      await waitUntil(async () => /、現在 37 件/.test(plain(await plot.getAttribute('aria-label'))), 'the plot to show 37');
      const limit = await plot.locator('canvas').evaluate((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && data[i] > 150 && data[i + 2] < 60) found += 1;
        return found;
      });
      assert.ok(limit > 100, `pixels of the threshold: ${limit}`);
      await shoot(page, 'now-ja-light');
    });
  });
});

test('acknowledge by click, a note, resolve; each stands in the journal', async () => {
  await serve({ language: 'en' }, async (server) => {
    const { id } = await trouble(server);
    await signIn(server);
    await visit(server, { lang: 'en', ...PICTURE }, async (page) => {
      await page.getByRole('button', { name: 'Acknowledge' }).click();
      await page.getByText('admin has it').waitFor();
      // The page says so at once, the server a moment later.
      await waitUntil(async () => (await server.get(`incidents/${id}`)).acknowledged_by === 'admin', 'the journal to say so');
      await shoot(page, 'now-en-light');
      await page.getByRole('button', { name: 'Note' }).click();
      await page.locator('dialog textarea').fill('Rolling back v2.41.0');
      await page.getByRole('button', { name: 'Write' }).click();
      await page.locator('dialog textarea').waitFor({ state: 'detached' });
      await page.getByRole('link', { name: id }).first().click();
      await page.getByText('admin: Rolling back v2.41.0').waitFor();
      await page.getByRole('button', { name: 'Resolve' }).click();
      await page.getByText('Alarm HighErrorRate still fires.').waitFor();
      await page.locator('dialog textarea').fill('v2.40.3 is back');
      await page.locator('dialog').getByRole('button', { name: 'Resolve' }).click();
      await page.getByText('Resolved by admin').waitFor();
      await hasAll(page, ['v2.40.3 is back', 'Cancelled, resolved']);
      await shoot(page, 'resolved-en-light');
      const incident = await server.get(`incidents/${id}`);
      assert.equal(incident.state, 'resolved');
      assert.equal(incident.resolved_by, 'admin');
      assert.equal(incident.resolution, 'v2.40.3 is back');
      const types = incident.timeline.map((e) => e.type);
      for (const type of ['incident.acknowledged', 'incident.noted', 'incident.resolved']) {
        assert.equal(types.filter((t) => t === type).length, 1, type);
      }
    });
  });
});

test('the keyboard alone leads from the page to the end of the incident', async () => {
  await serve({ language: 'en' }, async (server) => {
    const { id } = await trouble(server);
    await signIn(server);
    await visit(server, { lang: 'en' }, async (page) => {
      const keys = page.keyboard;
      await keys.press('a');
      await page.getByText('admin has it').waitFor();
      await keys.press('n');
      await page.locator('dialog textarea').waitFor();
      await keys.type('Looking at the orders service');
      await keys.press('Tab');
      await keys.press('Enter');
      await page.locator('dialog textarea').waitFor({ state: 'detached' });
      await waitUntil(async () => (await server.get(`incidents/${id}`)).notes.length === 1, 'the note');
      await keys.press('r');
      await page.locator('dialog textarea').waitFor();
      await keys.type('Restarted');
      await keys.press('Tab');
      await keys.press('Enter');
      await waitUntil(async () => (await server.get(`incidents/${id}`)).state === 'resolved', 'the incident to be resolved');
      await page.locator('.headline', { hasText: id }).getByText('Unacknowledged').waitFor({ state: 'detached' });
    });
  });
});

test('a phone and a thumb are enough: page, acknowledge, note, resolve', async () => {
  await serve({}, async (server) => {
    const { id } = await trouble(server);
    await signIn(server);
    await visit(server, { lang: 'ja', width: 390, height: 844 }, async (page) => {
      // What a thumb cannot hit is no button.
      for (const button of await page.locator('main .btns :is(button, a):visible, .tabs :is(button, a)').all()) {
        const box = await button.boundingBox();
        assert.ok(box.height >= 40, `${await button.innerText()}: ${box.height}`);
      }
      await page.getByRole('button', { name: '確認：私が対応します' }).click();
      await page.getByText('admin が対応中').waitFor();
      await page.getByRole('button', { name: 'その他' }).click();
      await page.getByRole('option', { name: 'メモ' }).click();
      await page.locator('dialog textarea').fill('電車の中。10 分で着きます');
      await page.getByRole('button', { name: '書く' }).click();
      await waitUntil(async () => (await server.get(`incidents/${id}`)).notes.length === 1, 'the note');
      await page.locator('.tabs').getByRole('link', { name: 'インシデント' }).click();
      await page.locator('table').getByRole('link', { name: /HighErrorRate/ }).click();
      await page.getByText('電車の中。10 分で着きます').waitFor();
      await shoot(page, 'phone-390-incident');
      await page.getByRole('button', { name: '解決する' }).click();
      await page.locator('dialog textarea').fill('再起動しました');
      await page.locator('dialog').getByRole('button', { name: '解決する' }).click();
      await waitUntil(async () => (await server.get(`incidents/${id}`)).state === 'resolved', 'the incident to be resolved');
    });
  });
});

test('what the command line does appears without a reload', async () => {
  await serve({}, async (server) => {
    const { id } = await trouble(server);
    await signIn(server);
    await visit(server, { lang: 'ja', hash: `#/incidents/${id}` }, async (page) => {
      await page.evaluate(() => (window.sameDocument = true));
      await server.cli('incident', 'acknowledge', id);
      await page.getByText('admin が対応中').waitFor({ timeout: PROMPT_MS });
      await server.cli('incident', 'note', id, 'ロールバックを始めます');
      await page.getByText('admin：ロールバックを始めます').waitFor({ timeout: PROMPT_MS });
      await shoot(page, 'incident-ja-light');
      await server.cli('incident', 'resolve', id, '--reason', '戻しました');
      await page.getByText('が解決。').or(page.getByText('に解決')).first().waitFor({ timeout: PROMPT_MS });
      assert.equal(await page.evaluate(() => window.sameDocument), true);
    });
  });
});

test('now and incident are accessible in both languages and themes, and fit a phone', async () => {
  await serve({}, async (server) => {
    const { id } = await trouble(server);
    await signIn(server);
    const screens = [['now', ''], ['incident', `#/incidents/${id}`], ['alarm', '#/alarms/HighResponseTime']];
    for (const [place, [name, hash]] of screens.entries()) {
      for (const { lang, theme, contrast } of sample(looks, place)) {
        await visit(server, { lang, theme, contrast, hash }, async (page) => {
          assert.deepEqual(await accessibilityFindings(page), [], `${name} ${lang} ${theme}`);
          assert.equal(await page.getAttribute('html', 'lang'), lang);
          await shoot(page, `${name}-${lang}-${theme}${contrast ? '-contrast' : ''}-open`);
        });
      }
    }
    for (const width of [390, 320]) {
      await visit(server, { lang: width === 320 ? 'en' : 'ja', width, height: 700 }, async (page) => {
        await waitUntil(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page to fit');
        assert.deepEqual(await accessibilityFindings(page), []);
        await shoot(page, `phone-${width}`, { fullPage: true });
      });
    }
  });
});

test('the language is switched in place', async () => {
  await serve({}, async (server) => {
    await trouble(server);
    await signIn(server);
    await visit(server, { lang: 'ja' }, async (page) => {
      await page.getByText('しきい値は 10').first().waitFor();
      await page.getByRole('button', { name: 'EN' }).click();
      await page.getByText('5xx errors of app: 37. The limit is 10.').waitFor();
      await page.getByText('INC-1 opened: HighErrorRate (app)').waitFor(); // The server's words, too.
      await page.evaluate(() => localStorage.clear());
    });
  });
});

test('an alarm reads as the document writes it', async () => {
  await serve({ language: 'en' }, async (server) => {
    await signIn(server);
    await visit(server, { lang: 'en', hash: '#/alarms/HighResponseTime' }, async (page) => {
      await page.getByText('The limit is 1,000 ms.').waitFor();
      await hasAll(page, ['TargetResponseTime > 1000ms', 'ServiceName', 'evaluationPeriods']);
      await page.locator('details summary').click();
      await page.locator('details').getByText(/^4\d\d\sms$/).first().waitFor();
    });
  });
});

test('the link in a message opens the incident, and the phone page works without scripts', async () => {
  const external = 'http://127.0.0.1:9'; // Replaced by the address of this run.
  await serve({ externalUrl: external }, async (server) => {
    const { id } = await trouble(server);
    const message = await waitUntil(() => server.outbox().find((m) => m.includes('/ack/')), 'the page in the outbox');
    const links = [...message.matchAll(/http:\/\/\S+/g)].map((m) => new URL(m[0]));
    const open = links.find((l) => l.pathname === `/incidents/${id}`);
    const secret = links.find((l) => l.pathname.startsWith('/ack/'));
    assert.ok(secret, message);

    await signIn(server);
    const page = await browser.context.newPage();
    await page.goto(`${server.url}${open?.pathname ?? `/incidents/${id}`}?lang=ja`);
    await page.getByRole('heading', { name: 'HighErrorRate (app)' }).waitFor();
    assert.equal(new URL(page.url()).hash, `#/incidents/${id}`);
    await page.goto(server.url + secret.pathname);
    assert.deepEqual(await accessibilityFindings(page), []);
    await page.close();

    const phone = await startBrowser({ javaScriptEnabled: false, locale: 'ja-JP', viewport: { width: 390, height: 844 } });
    try {
      const ack = await phone.context.newPage();
      await ack.goto(server.url + secret.pathname);
      const shown = plain(await ack.locator('body').innerText());
      assert.ok(shown.includes('app の 5xx エラーは 37 件です。しきい値は 10 件です。'), shown);
      await shoot(ack, 'ack-before', { fullPage: true });
      assert.equal((await server.get(`incidents/${id}`)).state, 'triggered'); // Looking changes nothing.
      await ack.getByRole('link', { name: 'English' }).click();
      await ack.getByText('5xx errors of app: 37. The limit is 10.').waitFor();
      await ack.locator('button[value=ack]').click();
      await ack.getByText('You will not be paged again.').waitFor();
      const incident = await server.get(`incidents/${id}`);
      assert.equal(incident.state, 'acknowledged');
      assert.equal(incident.acknowledged_by_title, 'DevOps Team');
      await shoot(ack, 'ack-after', { fullPage: true });
      const spoilt = await ack.goto(`${server.url}${secret.pathname.slice(0, -4)}0000`);
      assert.ok(spoilt.status() >= 400);
      assert.match(await ack.locator('body').innerText(), /^このリンクは使えません/);
    } finally {
      await phone.close();
    }
  });
});

test('an incident is opened by hand', async () => {
  await serve({ language: 'en' }, async (server) => {
    await signIn(server);
    await visit(server, { lang: 'en', hash: '#/incidents' }, async (page) => {
      await page.getByRole('button', { name: 'Open by hand' }).click();
      await page.getByLabel('What is wrong').fill('Customers cannot pay');
      assert.deepEqual(await accessibilityFindings(page), []);
      await page.getByRole('button', { name: 'Open and call' }).click();
      await page.getByRole('heading', { name: 'Customers cannot pay' }).waitFor();
      const { incidents } = await server.get('incidents');
      assert.deepEqual(incidents.map((i) => [i.title, i.severity]), [['Customers cannot pay', 'error']]);
    });
  });
});

test('without authentication nobody is asked to sign in or out', async () => {
  await serve({ noAuth: true }, async (server) => {
    await browser.context.clearCookies();
    await visit(server, { lang: 'en' }, async (page) => {
      await page.getByText('All is well', { exact: true }).waitFor();
      assert.equal(await page.getByRole('button', { name: /Sign/ }).count(), 0);
      await server.send(errors(37));
      await page.getByText('5xx errors of app: 37.').waitFor({ timeout: PROMPT_MS });
      await page.keyboard.press('a');
      await page.getByText('has it').waitFor();
      await server.send(well());
    });
  });
});

test('the description of the REST is served', async () => {
  await serve({}, async (server) => {
    const document = await server.get('openapi.json');
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.paths['/api/hinomi/v1/incidents/{id}/acknowledge'].post['x-right'], 'incidents:act');
  });
});
