// The real binary with real services and targets, and a real browser: replicas are
// scaled, killed and read on the page, and a target that is down says why.
//   HINOMI_BINARY=build/dev/hinomi node --test tests/console_services_test.mjs
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as listen } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { accessibilityFindings, openConsole, settled, shoot, startBrowser, until } from '../web/test/browser.mjs';
import { BINARY, Server, waitUntil } from './console_server.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const example = (of) => readFileSync(join(ROOT, `web/src/${of}/example.yml`), 'utf8');

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

const plain = (text) => text.replace(/\u00a0/g, ' ');
const main = async (page) => plain(await page.locator('main').innerText());
const shows = (page, text) => page.locator('main').getByText(text).first().waitFor();
async function hasAll(page, words) {
  const text = await main(page);
  for (const word of words) assert.ok(text.includes(word), `${word}\n${text}`);
}

/** A port on which nobody listens, and `count` free ones behind it. */
async function freePorts(count) {
  const one = listen().listen(0, '127.0.0.1');
  await new Promise((done) => one.once('listening', done));
  const { port } = one.address();
  await new Promise((done) => one.close(done));
  return Math.min(port, 65535 - count);
}

/** The replicas of a server and their shims, which outlive it: pids. */
function replicasOf(server) {
  const mark = `HINOMI_RUN=${realpathSync(server.data)}/`;
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').some((line) => line.startsWith(mark));
    } catch {
      return false; // It has ended, or is another user's.
    }
  }).map(Number);
}

/** A server whose targets.yml has these services, scrapes and probes instead of its own. */
async function serve({ services, more = '' }, body) {
  const server = new Server({ noAuth: true, language: 'en' });
  const file = join(server.ops, 'targets.yml');
  const own = readFileSync(file, 'utf8').replace(/^services:\n((?: .*)?\n)+/m, `${services}\n`);
  writeFileSync(file, own.replace('host_collector: false', 'host_collector: true') + more);
  try {
    await server.start();
    await body(server);
  } catch (error) {
    error.message += `\n${server.said()}`;
    throw error;
  } finally {
    await server.kill(); // Else it would start new ones.
    for (const pid of replicasOf(server)) process.kill(pid, 'SIGKILL');
    await waitUntil(() => replicasOf(server).length === 0, 'the replicas to end');
    await server.close();
  }
}

async function visit(server, options, body) {
  const { page, problems } = await openConsole(browser, server.url, { lang: 'en', ...options });
  page.setDefaultTimeout(20_000);
  try {
    await settled(page);
    await body(page);
    assert.deepEqual(problems, []);
  } finally {
    await page.close();
  }
}
const appOf = async (server) => (await server.get('services')).services.find((s) => s.name === 'app');
const runningOf = async (server, name) => (await server.get(`services/${name}/tasks`)).tasks.filter((t) => t.last_status === 'RUNNING');

test('the example of the empty screen runs; it is scaled by the page, and a replica that is killed is replaced', async () => {
  const low = await freePorts(10);
  await serve({ services: example('services').replace('/usr/bin/hinomi', resolve(BINARY)).replace('9150-9159', `${low}-${low + 9}`) }, async (server) => {
    await waitUntil(async () => (await appOf(server)).healthy === 2, 'two healthy replicas');
    await visit(server, {}, async (page) => {
      await page.locator('aside').getByText('2 of 2').waitFor(); // Now has it.
      await page.keyboard.press('g');
      await page.keyboard.press('s');
      await page.locator('main').getByRole('link', { name: 'app', exact: true }).click();
      await shows(page, 'app: 2 of 2 healthy.');
      await shows(page, 'nothing has scaled it');
      await page.keyboard.press('d');
      const dialog = page.locator('dialog[open]');
      await dialog.getByRole('button', { name: 'One more' }).click();
      await dialog.getByText('app goes from 2 to 3 replicas.').waitFor();
      assert.equal((await appOf(server)).desired, 2, 'a dry run changes nothing');
      await dialog.getByLabel('Number of replicas').fill('6');
      await dialog.getByText('app can have 1 to 5 replicas').waitFor();
      await dialog.getByLabel('Number of replicas').fill('3');
      await dialog.getByRole('button', { name: 'Scale to 3' }).click();
      await shows(page, 'app: 3 of 3 healthy.');
      await shows(page, /was scaled from 2 to 3 replicas at \d\d:\d\d:\d\d because/);
      await shows(page, 'SC-1: app goes from 2 to 3 replicas');
      assert.deepEqual(await accessibilityFindings(page), []);
      await shoot(page, 'service-en-light');

      const [victim] = await runningOf(server, 'app');
      process.kill(victim.pid, 'SIGKILL');
      const row = page.locator('main tbody tr', { hasText: victim.id.slice(0, 8) });
      await row.getByText('Ended unexpectedly').waitFor();
      await row.getByText('ended by SIGKILL').waitFor();
      await until(async () => (await appOf(server)).healthy === 3, 'another replica in its place');
      await shows(page, 'app: 3 of 3 healthy.');
      const living = await runningOf(server, 'app');
      assert.ok(!living.some((t) => t.id === victim.id));
      for (const task of living) await page.locator('main tbody').getByText(task.id.slice(0, 8)).waitFor();

      await page.keyboard.press('w');
      await page.locator('dialog[open]').getByText('was scaled from 2 to 3 replicas').first().waitFor();
      await page.keyboard.press('Escape');
      await page.locator('main').getByRole('link', { name: living[0].id.slice(0, 8) }).click();
      await shows(page, `The sample app answers on http://127.0.0.1:${living[0].port}`);
    });
  });
});

const ATTACK = '<img src=x onerror="document.title=1">';
const TALKER = `services:
  app: {cluster: production, driver: process}
  talker:
    cluster: production
    driver: process
    stop_timeout: 1s
    command:
      - /bin/sh
      - -c
      - |
        printf '%s\\n' '${ATTACK}'
        printf '\\033[31mred\\033[0m \\033]0;title\\007after \\033[2Jcleared\\n'
        printf '火の見 %s\\n' "$(head -c 20000 /dev/zero | tr '\\0' x)"
        i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "early $i"; done
        i=0; while :; do i=$((i+1)); echo "tick $i"; sleep 0.2; done
`;

test('a real log is followed while it is written; what is hostile in it is text', async () => {
  await serve({ services: TALKER }, async (server) => {
    const [task] = await waitUntil(async () => {
      const running = await runningOf(server, 'talker').catch(() => []);
      return running.length > 0 && running;
    }, 'the talker to run');
    await visit(server, { hash: `#/services/talker/tasks/${task.id}`, width: 320, height: 800 }, async (page) => {
      const box = page.getByRole('region', { name: 'Output of' });
      const newest = async () => Number(/tick (\d+)\s*$/.exec(await box.innerText())?.[1] ?? 0);
      await until(async () => (await newest()) >= 3, 'the first ticks');
      const then = await newest();
      await until(async () => (await newest()) >= then + 5, 'it to go on');
      await page.getByRole('button', { name: 'Show from the start' }).click();
      await until(async () => /2\d{4} lines/.test(await main(page)), 'all of its lines');
      await page.keyboard.press('.');
      await box.evaluate((e) => (e.scrollTop = 0));
      await shows(page, ATTACK);
      await hasAll(page, [ATTACK, 'red after cleared', '火の見 xxx']);
      await page.getByRole('button', { name: /\d+ new lines?/ }).waitFor();
      assert.equal(await page.locator('main img').count(), 0);
      assert.ok(!(await page.title()).startsWith('1'));
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
      await page.getByRole('searchbox').fill('early 19999');
      await shows(page, '1 line matches');
      const coming = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      const text = readFileSync(await (await coming).path(), 'utf8');
      assert.ok(text.startsWith(`${ATTACK}\n\x1b[31mred`), text.slice(0, 200));
      assert.match(text, /\nearly 19999\nearly 20000\ntick 1\ntick 2\n/);
    });
  });
});

test('targets: one that is down says why and what to do; the others what they told', async () => {
  let well = true;
  const metrics = createServer((request, response) => {
    response.writeHead(well ? 200 : 503, { 'Content-Type': 'text/plain' });
    response.end('shop_orders_total{kind="new"} 42\n');
  }).listen(0, '127.0.0.1');
  await new Promise((done) => metrics.once('listening', done));
  const address = `127.0.0.1:${metrics.address().port}`;
  const nobody = `127.0.0.1:${await freePorts(1)}`;
  const more = `scrape:
  - {job: shop, targets: ['${address}'], interval: 1s, timeout: 1s}
  - {job: gone, targets: ['${nobody}'], interval: 1s, timeout: 1s}
probes:
  front: {type: http, target: 'http://${address}/', interval: 1s, timeout: 1s}
`;
  try {
    await serve({ services: 'services:\n  app: {cluster: production, driver: process}\n', more }, async (server) => {
      const stateOf = async (id) => (await server.get('targets')).targets.find((x) => x.id === id)?.state;
      await waitUntil(async () => (await stateOf('probe:front')) === 'up' && (await stateOf(`scrape:shop/${address}`)) === 'up' &&
        (await stateOf(`scrape:gone/${nobody}`)) === 'down', 'the first tries');
      await visit(server, { hash: '#/targets' }, async (page) => {
        const first = page.locator('main tbody tr').first();
        await first.getByText(`gone/${nobody}`).waitFor();
        await first.getByText('Down', { exact: true }).waitFor();
        assert.deepEqual(await accessibilityFindings(page), []);
        await shoot(page, 'targets-en-light');
        await first.getByRole('link').click();
        await shows(page, /has failed since/);
        await shows(page, 'scrape_duration_seconds'); // The samples come by themselves.
        await hasAll(page, ['Failed to connect', 'See whether it runs, and check address, port and firewall.', 'Every', '1 s', 'up', 'scrape_duration_seconds']);
      });
      await visit(server, { hash: `#/targets/${encodeURIComponent(`scrape:shop/${address}`)}` }, async (page) => {
        await shows(page, 'kind="new"');
        await hasAll(page, ['shop_orders_total', '42']);
        well = false; // It falls ill while somebody looks.
        await shows(page, 'the target answered HTTP 503, not 200');
        await shows(page, 'Look into its log.');
        await shows(page, 'ended');
      });
      well = true;
      await waitUntil(async () => (await stateOf(`scrape:shop/${address}`)) === 'up', 'the target to be well again');
      await visit(server, { hash: '#/targets/probe%3Afront' }, async (page) => {
        await shows(page, 'probe_success');
        await hasAll(page, ['Probe HTTP', 'Connect', 'First byte']);
      });
      // The command line tells the same.
      const list = await server.cli('target', 'list').catch((error) => error.message); // 1: one is down.
      assert.match(list, new RegExp(`down +scrape:gone/${nobody}`));
      const shown = await server.cli('target', 'show', `scrape:shop/${address}`);
      assert.match(shown, /state +up[\s\S]*every +1 s[\s\S]*shop_orders_total\{.*kind="new".*\} +42/);
      await assert.rejects(server.cli('target', 'show', 'probe:frnt'), /did you mean probe:front\?/);
    });
  } finally {
    metrics.close();
  }
});

test('the examples of the empty screens pass the check', async () => {
  const server = new Server({ language: 'en' });
  try {
    const file = join(server.ops, 'targets.yml');
    const own = readFileSync(file, 'utf8');
    const resources = own.slice(own.indexOf('\nresources:'));
    writeFileSync(file, example('services') + example('targets') + resources);
    const said = await server.cli('check', server.ops);
    assert.ok(!/targets\.yml.*error/.test(said), said);
  } finally {
    await server.close();
  }
});
