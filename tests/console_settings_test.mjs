// Settings and journal over the real binary: what is changed there holds.
//   HINOMI_BINARY=build/dev/hinomi node --test tests/console_settings_test.mjs
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFindings, openConsole, settled, shoot, startBrowser } from '../web/test/browser.mjs';
import { Server, waitUntil } from './console_server.mjs';

let browser;
let server;
let hook;
before(async () => {
  browser = await startBrowser();
  hook = await receiver();
  server = new Server({ language: 'en' });
  // A way that works, to this test itself.
  edit('contacts.yml', (text) => text.replace('channels:\n', `channels:\n  hook:\n    type: webhook\n    url: ${hook.url}\n`));
  await server.start();
});
after(async () => {
  await server?.close();
  await hook?.close();
  await browser?.close();
});

/** Takes what a webhook channel sends. */
async function receiver() {
  const bodies = [];
  const http = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk) => (text += chunk));
    req.on('end', () => {
      bodies.push(JSON.parse(text));
      res.writeHead(200).end();
    });
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { bodies, url: `http://127.0.0.1:${http.address().port}/in/the-key-of-this-hook`, close: () => new Promise((resolve) => http.close(resolve)) };
}

function edit(name, change) {
  const path = join(server.ops, name);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

async function visit(hash, body, choices = {}) {
  await browser.context.clearCookies();
  const answer = await browser.context.request.post(`${server.url}/api/hinomi/v1/session`, { data: { token: server.token() } });
  assert.equal(answer.status(), 200);
  const { page, problems } = await openConsole(browser, server.url, { lang: 'en', hash, ...choices });
  page.setDefaultTimeout(15_000);
  try {
    await settled(page);
    await body(page);
    assert.deepEqual(problems, []);
  } catch (error) {
    error.message += `\n${await page.locator('body').innerText()}\n${server.said()}`;
    throw error;
  } finally {
    await page.close();
  }
}
const main = async (page) => (await page.locator('main').innerText()).replace(/\u00a0/g, ' ');
const statusWith = async (token) => (await fetch(`${server.url}/api/hinomi/v1/now`, { headers: { Authorization: `Bearer ${token}` } })).status;

test('a token that was made here signs in, and after its revocation does not', async () => {
  await visit('#/settings/tokens', async (page) => {
    await page.getByLabel('User').fill('robot');
    await page.getByLabel('Role').selectOption('viewer');
    await page.getByLabel('What for').fill('<img src=x onerror=alert(1)>');
    await page.getByRole('button', { name: 'Create the token' }).click();
    await page.getByText('This text is shown only now:').waitFor();
    const token = /hnm_\w+/.exec(await main(page))[0];
    assert.equal(await statusWith(token), 200);
    const row = page.getByRole('row', { name: /<img src=x/ });
    await row.getByText('robot').waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await row.waitFor({ state: 'detached' });
    assert.equal(await statusWith(token), 401);
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('row', { name: /^robot/ }).waitFor();
  });
});

test('a user who is shut out is refused, and let in again', async () => {
  const { token } = await server.call('POST', 'tokens', { user: 'guest', role: 'viewer', days: 1 });
  await visit('#/settings/people', async (page) => {
    const row = page.getByRole('row', { name: /^guest/ });
    const confirm = async (name) => {
      await row.getByRole('button', { name }).click();
      await page.getByRole('dialog').getByRole('button', { name }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await confirm('Shut out');
    await row.getByRole('button', { name: 'Let in again' }).waitFor();
    assert.equal(await statusWith(token), 401);
    await confirm('Let in again');
    await row.getByRole('button', { name: 'Shut out' }).waitFor();
    assert.equal(await statusWith(token), 200);
    // Nobody shuts out the last one who could undo it.
    await page.getByRole('row', { name: /^admin/ }).getByRole('button', { name: 'Shut out' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Shut out' }).click();
    await page.getByRole('alert').getByText('nobody could manage users').waitFor();
  });
});

test('a test page by a channel arrives, and the screen tells each try', async () => {
  await visit('#/settings/channels', async (page) => {
    const text = await main(page);
    assert.ok(!text.includes('the-key-of-this-hook'), text);
    assert.ok(text.includes('${env:SLACK_WEBHOOK_URL}'), text);
    assert.ok(text.includes('SLACK_WEBHOOK_URL is not set') || text.includes('SLACK_WEBHOOK_URL'), text);
    await page.getByRole('region', { name: 'hook', exact: true }).getByRole('button', { name: 'Send a test' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It will reach:').waitFor();
    assert.equal(hook.bodies.length, 0);
    await dialog.getByRole('button', { name: 'Send it' }).click();
    await dialog.locator('.st', { hasText: 'Delivered' }).waitFor();
    await dialog.getByText(/delivered \(try 1\)/).waitFor();
    assert.equal(hook.bodies.length, 1);
  });
});

test('a broken file is found with its line, and a mended one comes into force', async () => {
  await visit('#/settings/ops', async (page) => {
    await page.getByText('No mistakes').waitFor();
    const digest = (await server.get('ops')).digest;
    edit('alarms.yml', (text) => text.replace('    threshold:', '    treshold:'));
    await page.getByRole('button', { name: 'Read the folder again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It would not be taken into use').waitFor();
    await dialog.getByText('did you mean').first().waitFor();
    await dialog.getByRole('button', { name: 'Read it again' }).click();
    await dialog.getByText('Not taken into use').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(/The folder has \d mistakes?\./).waitFor();
    const text = await main(page);
    assert.match(text, /alarms\.yml:\d+:\d+/);
    assert.match(text, /9 \|     treshold: 80\n +\| +\^+/);
    assert.ok(text.includes('The former folder stays in force'), text);
    assert.equal((await server.get('ops')).digest, digest);
    assert.deepEqual(await accessibilityFindings(page), []);
    await shoot(page, 'settings-broken-en-light');

    edit('alarms.yml', (text) => text.replace('    treshold:', '    threshold:').replace('threshold: 80', 'threshold: 81'));
    await page.getByRole('button', { name: 'Read the folder again' }).click();
    await dialog.getByText('alarms.yml').first().waitFor();
    await dialog.getByRole('button', { name: 'Read it again' }).click();
    await dialog.getByText(/is in force/).waitFor();
    await page.keyboard.press('Escape');
    await waitUntil(async () => (await server.get('ops')).digest !== digest, 'the mended folder to be in force');
    await page.getByText('No mistakes').waitFor();
  });
});

test('the journal is filtered, an event opened, the chain proved', async () => {
  const { incident } = await server.call('POST', 'incidents', { title: 'customers cannot pay' });
  await server.call('POST', `incidents/${incident.id}/note`, { text: 'needle <b>in</b> the haystack' });
  await visit('#/journal', async (page) => {
    await page.getByRole('button', { name: 'Incidents', exact: true }).click();
    await page.getByPlaceholder('Words').fill('haystack needle');
    const note = page.getByRole('button', { name: /needle <b>in<.b> the haystack/ });
    await note.waitFor();
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    await page.getByText('1 event; there is nothing before it.').waitFor();
    await note.click();
    await page.locator('.fields').getByText('incident.noted').waitFor();
    const link = await page.getByRole('link', { name: /Link to event/ }).getAttribute('href');
    await page.goto(`${server.url}/?lang=en${link}`);
    await page.getByText(/Showing event \d+ and those around it/).waitFor();
    await page.locator('.fields').getByText('incident.noted').waitFor();

    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(/The chain of \d+ events is whole/).waitFor();
    await shoot(page, 'journal-en-light');
  });
  const shown = await server.cli('journal', 'show', '--type', 'incident.noted', '--match', 'NEEDLE');
  assert.match(shown, /incident\.noted/);
  assert.equal(shown.trim().split('\n').length, 2, shown);
  await assert.rejects(server.cli('journal', 'show', '--type', 'incidnet'), /did you mean incident\?/);
});

test('a session that ends in the middle of the form loses nothing that was typed', async () => {
  await visit('#/settings/tokens', async (page) => {
    await page.getByLabel('User').fill('night-shift');
    await page.getByLabel('What for').fill('pager of the night');
    await server.call('DELETE', 'users/admin/sessions', {});
    // Unless the page has noticed by itself meanwhile, and asks for a token already.
    await page.getByRole('button', { name: 'Create the token' }).click({ timeout: 2000 }).catch(() => {});
    await page.getByLabel('Token').fill(server.token());
    await page.keyboard.press('Enter');
    await page.getByLabel('What for').waitFor();
    assert.equal(await page.getByLabel('User').inputValue(), 'night-shift');
    assert.equal(await page.getByLabel('What for').inputValue(), 'pager of the night');
    await page.getByRole('button', { name: 'Create the token' }).click();
    await page.getByText('This text is shown only now:').waitFor();
    assert.ok((await server.get('tokens')).tokens.some((t) => t.user === 'night-shift'));
  });
});
