// Settings and journal in Debian's Chromium, against the stand-in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityFindings, shoot, until } from './browser.mjs';
import { CHECKPOINT } from './mock_settings.mjs';
import { main as text, plain, visit as visitAny } from './visit.mjs';

const ALL = ['console:read', 'incidents:act', 'config:change', 'users:manage'];
const visit = ({ rights = ALL, ...choices }, body) =>
  visitAny({ lang: 'en', change: (now) => (now.server.rights = rights), ...choices }, body);
const main = async (page) => plain(await text(page));
const say = (page, words) => page.locator('main').getByText(words).first().waitFor();
const writes = (mock) => mock.requests.filter((r) => r.method !== 'GET');

test('a mistake in the folder is shown with its place, its line and what stays', async () => {
  await visit({ hash: '#/settings' }, async (page) => {
    await say(page, 'The folder has 1 mistake.');
    const text = await main(page);
    for (const words of ['alarms.yml:14:5', 'did you mean "threshold"?', 'treshold: 1000ms\n    ^', 'The former folder stays in force', 'event 4110']) {
      assert.ok(text.includes(words), `${words}\n${text}`);
    }
    await page.getByRole('button', { name: 'alarms.yml' }).click();
    await say(page, 'the metrics are published each minute');
    assert.match(page.url(), /settings.*file=alarms\.yml/);
  });
});

test('reading the folder again shows first what would come of it', async () => {
  await visit({ hash: '#/settings/ops', prepare: (mock) => (mock.settings.findings = []) }, async (page, mock) => {
    await page.getByRole('button', { name: 'Read the folder again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('These changes would be taken into use.').waitFor();
    await dialog.getByText('HighErrorRate').waitFor();
    assert.deepEqual(writes(mock).map((r) => r.body), [{ dry_run: true }]);
    assert.deepEqual(await accessibilityFindings(page), []);
    await dialog.getByRole('button', { name: 'Read it again' }).click();
    await dialog.getByText('777777777777 is in force').waitFor();
    assert.deepEqual(writes(mock).at(-1).body, { dry_run: false });
    // The button that had the focus is gone; Esc is the dialog's all the same.
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.match(page.url(), /#\/settings\/ops$/);
  });
});

test('who lacks a right is told which, and who has it', async () => {
  await visit({ hash: '#/settings/tokens', rights: ['console:read'] }, async (page, mock) => {
    await say(page, 'The right users:manage is with: admin.');
    await page.goto(`${mock.url}/?lang=en#/settings/people`);
    await say(page, 'The right users:manage is with: admin.');
    await page.goto(`${mock.url}/?lang=en#/settings/ops`);
    await say(page, 'Reading it again needs the right config:change');
    await page.goto(`${mock.url}/?lang=en#/settings/channels`);
    await say(page, 'View only');
    assert.equal(await page.getByRole('button', { name: 'Send a test' }).count(), 0);
    assert.ok(!mock.requests.some((r) => r.path === '/users' || r.path === '/tokens'));
  });
});

test('roles change with the rights that come and go, and a link is shown once', async () => {
  await visit({ hash: '#/settings/people' }, async (page, mock) => {
    await page.getByRole('row', { name: /^sato/ }).getByRole('button', { name: 'Change roles' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('devops').check();
    await dialog.getByText('Gains: config:change.').waitFor();
    await dialog.getByLabel('on-call').uncheck();
    await dialog.getByRole('button', { name: 'Change roles' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(writes(mock)[0].path, '/users/sato');
    assert.deepEqual(writes(mock)[0].body, { roles: ['devops'] });
    await page.getByRole('row', { name: /^sato/ }).getByRole('button', { name: 'Sign-in link' }).click();
    await say(page, `${mock.url}/api/hinomi/v1/session/link/abc123`);
    await page.getByRole('row', { name: /^sato/ }).getByRole('button', { name: 'Shut out' }).click();
    await dialog.getByText('2 tokens and 0 sessions stop working').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(writes(mock).length, 2);
    const text = await main(page);
    for (const words of ['mon fri 09:00 to 18:00 (Asia/Tokyo)', 'mail-team oncall@example.com → slack', 'This browser']) assert.ok(text.includes(words), `${words}\n${text}`);
  });
});

test('a token is made, shown once, and revoked with what that stops', async () => {
  await visit({ hash: '#/settings/tokens' }, async (page, mock) => {
    await say(page, /in 9 days/);
    await page.getByLabel('User').fill('tanaka');
    await page.getByLabel('What for').fill('backup job');
    await page.getByLabel('Days').fill('30');
    await page.getByRole('button', { name: 'Create the token' }).click();
    await say(page, 'hnm_new000000000_secret');
    assert.deepEqual(writes(mock)[0].body, { user: 'tanaka', role: 'on-call', name: 'backup job', days: 30 });
    await page.getByRole('button', { name: 'I have kept it' }).click();
    assert.ok(!(await main(page)).includes('hnm_new'));
    assert.equal(await page.evaluate(() => JSON.stringify(sessionStorage)), '{}');
    await page.getByRole('row', { name: /Grafana/ }).getByRole('button', { name: 'Revoke' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Programs that sign in with it get 401').waitFor();
    await dialog.getByText(/It was last used/).waitFor();
    await shoot(page, 'settings-revoke');
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /Grafana/ }).waitFor({ state: 'detached' });
    assert.equal(writes(mock).at(-1).path, '/tokens/k3f9aa0011bb');
  });
});

test('a session that ends in the middle of the form loses nothing that was typed', async () => {
  await visit({ hash: '#/settings/tokens' }, async (page, mock) => {
    await page.getByLabel('User').fill('tanaka');
    await page.getByLabel('What for').fill('nightly job');
    mock.signedIn = false;
    await page.getByRole('button', { name: 'Create the token' }).click();
    await page.getByLabel('Token').fill('hnm_good');
    await page.keyboard.press('Enter');
    await page.getByLabel('What for').waitFor();
    assert.equal(await page.getByLabel('User').inputValue(), 'tanaka');
    assert.equal(await page.getByLabel('What for').inputValue(), 'nightly job');
    await page.evaluate(() => sessionStorage.clear());
  });
});

test('a channel says why it does not work; a test says whom it reaches, then how it went', async () => {
  await visit({ hash: '#/settings/channels' }, async (page, mock) => {
    await say(page, 'the environment variable SLACK_URL is not set');
    const text = await main(page);
    assert.ok(text.includes('${env:MAIL_PASSWORD}'), text);
    await page.getByRole('region', { name: 'mail-team' }).getByRole('button', { name: 'Send a test' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It will reach: oncall@example.com').waitFor();
    assert.equal(writes(mock).length, 0);
    await dialog.getByRole('button', { name: 'Send it' }).click();
    await dialog.getByText('PG-40').first().waitFor();
    assert.deepEqual(writes(mock)[0].body, { address: 'oncall@example.com' });
    const page40 = mock.settings.channels[0].pages[0];
    mock.journal = [{ sequence: 4201, at: '2026-11-23T18:26:50Z', type: 'page.attempted', actor: 'hinomi', subject: 'page:PG-40', summary: 'PG-40 failed at try 1 (refused)' }];
    Object.assign(page40, { state: 'failed', attempts: [{ at: '', outcome: 'failed', reason_code: 'refused', detail: '550 no such user', next_at: null }] });
    mock.emit('page.attempted', 'page:PG-40');
    await dialog.getByText('PG-40 failed at try 1 (refused)').waitFor();
    await dialog.getByText('Undeliverable').waitFor();
    await dialog.getByText('550 no such user').waitFor();
  });
});

test('the journal is filtered by the server and every filter is an address', async () => {
  await visit({ hash: '#/journal' }, async (page, mock) => {
    await page.getByRole('button', { name: 'Incidents' }).click();
    await page.getByRole('cell', { name: 'Configuration loaded' }).waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.type('orders');
    await say(page, 'Only /api/orders returns 500');
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    assert.match(page.url(), /type=incident&match=orders/);
    assert.ok(mock.requests.some((r) => r.path === '/journal'));
    await page.getByRole('button', { name: /Only .api.orders/ }).click();
    await say(page, 'e5e5e5e5');
    const fields = await page.locator('.fields').innerText();
    for (const words of ['incident.noted', 'INC-204', 'form 1', 'Link to event 4133']) assert.ok(fields.includes(words), `${words}\n${fields}`);
    await page.getByRole('link', { name: 'Link to event 4133' }).click();
    await say(page, 'Showing event 4133 and those around it.');
  });
});

test('a search that is not over says how far it came, and nothing else', async () => {
  await visit({ hash: '#/journal?match=nothing-like-it', prepare: (mock) => (mock.bounded = 77) }, async (page, mock) => {
    await say(page, 'No such event so far.');
    await say(page, /0 events; searched back to 21 Nov/);
    mock.bounded = 0;
    await page.getByRole('button', { name: 'Search further back' }).click();
    await say(page, 'No such event. The whole journal was searched.');
  });
});

test('new events wait above what is read', async () => {
  await visit({ hash: '#/journal' }, async (page, mock) => {
    await say(page, 'Only /api/orders returns 500');
    const first = () => page.locator('tbody tr').first().innerText();
    const before = await first();
    const event = (sequence) => ({ sequence, at: '2026-11-23T18:26:50Z', type: 'incident.noted', actor: 'sato', subject: 'incident:INC-204', summary: `note ${sequence}` });
    mock.journal = [event(4134), event(4135), event(4136), { ...event(4133), summary: 'as before' }];
    mock.emit('incident.noted', 'incident:INC-204');
    await page.getByRole('button', { name: '3 new' }).waitFor();
    assert.equal(await first(), before);
    await page.getByRole('button', { name: '3 new' }).click();
    assert.match(await first(), /note 4136/);
  });
});

test('the chain is verified, and a broken one is loud', async () => {
  await visit({ hash: '#/journal' }, async (page, mock) => {
    await say(page, 'Reads all 4133 events');
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await say(page, 'The chain of 4133 events is whole');
    await say(page, /root, .*took 1\.3 s/);
    await page.getByText('Verify against a checkpoint kept elsewhere').click();
    await page.getByLabel('Paste the line of the checkpoint').fill(CHECKPOINT);
    await page.getByRole('button', { name: 'Verify against it' }).click();
    await say(page, 'agrees with the checkpoint up to event 4000');
    assert.deepEqual(writes(mock).at(-1).body, { checkpoint: CHECKPOINT });
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download the newest checkpoint' }).click();
    assert.equal((await saved).suggestedFilename(), 'hinomi-checkpoint-4000.txt');
    mock.broken = true;
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    const banner = page.locator('.note.crit');
    await banner.waitFor();
    assert.match(await banner.innerText(), /The chain breaks at event 4002/);
    assert.deepEqual(await accessibilityFindings(page), []);
    await shoot(page, 'journal-broken');
    await page.reload();
    await banner.waitFor(); // Everybody sees it, until it is proved whole again.
  });
});

test('text from outside stays text', async () => {
  const attack = '<img src=x onerror="document.title=\'owned\'"><script>1</script>\u001b[31m';
  const prepare = (mock) => {
    Object.assign(mock.settings.users[1], { name: attack });
    Object.assign(mock.settings.tokens[0], { name: attack, user: attack });
    Object.assign(mock.settings.channels[0], { name: attack, reason: attack });
    Object.assign(mock.settings.findings[0], { ...mock.settings.findings[0], message: attack, excerpt: attack, file: attack });
    mock.journal = [{ sequence: 1, at: '2026-11-23T18:26:50Z', type: attack, actor: attack, subject: `incident:${attack}`, summary: attack }];
  };
  for (const hash of ['#/settings/ops', '#/settings/people', '#/settings/tokens', '#/settings/channels', '#/journal?at=1']) {
    await visit({ hash, prepare, width: 320, height: 700 }, async (page) => {
      await say(page, '<img src=x');
      assert.equal(await page.locator('main img, main script').count(), 0, hash);
      await until(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page to fit');
      assert.ok(!(await page.title()).includes('owned'));
    });
  }
});
