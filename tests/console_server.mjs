// Starts the real binary on loopback with its own folders, and speaks to it as
// clients do: remote_write, the console's REST, the command line.
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const BINARY = process.env.HINOMI_BINARY ?? join(ROOT, 'build/release/hinomi');

/** Polls until `condition` gives something; says what it waited for in vain. */
export async function waitUntil(condition, what, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// --- remote_write 1.0: protobuf by hand, snappy as literals ---------------------

function varint(value) {
  const out = [];
  let v = BigInt(value);
  while (v >= 0x80n) {
    out.push(Number(v & 0x7fn) | 0x80);
    v >>= 7n;
  }
  out.push(Number(v));
  return Buffer.from(out);
}
const field = (number, payload) => Buffer.concat([varint((number << 3) | 2), varint(payload.length), payload]);

function writeRequest(series) {
  return Buffer.concat(series.map(({ labels, samples }) => {
    const names = Object.keys(labels).sort();
    const parts = names.map((n) => field(1, Buffer.concat([field(1, Buffer.from(n)), field(2, Buffer.from(labels[n]))])));
    for (const [ms, value] of samples) {
      const number = Buffer.alloc(9);
      number[0] = 0x09;
      number.writeDoubleLE(value, 1);
      parts.push(field(2, Buffer.concat([number, Buffer.from([0x10]), varint(ms)])));
    }
    return field(1, Buffer.concat(parts));
  }));
}

function snappy(raw) {
  const out = [varint(raw.length)];
  for (let at = 0; at < raw.length; at += 60) {
    const piece = raw.subarray(at, at + 60);
    out.push(Buffer.from([(piece.length - 1) << 2]), piece);
  }
  return Buffer.concat(out);
}

// --- the ops folder -------------------------------------------------------------

const ENGLISH = { オンコール: 'On call', チームリード: 'Team lead', システムアーキテクト: 'System architect' };

/** The repository's document for a machine that has nothing but this test: no
 * host, no probes, and a service that is not down before it has begun. */
export function writeOps(folder, { language = 'ja', externalUrl = '' } = {}) {
  cpSync(join(ROOT, 'ops'), folder, { recursive: true });
  const put = (name, text) => writeFileSync(join(folder, name), text);
  put('hinomi.yml', `time_zone: Asia/Tokyo\nlanguage: ${language}\nobserve_new_alarms: 0s\nwatched_by: peer\n${externalUrl && `external_url: ${externalUrl}\n`}`);
  const targets = readFileSync(join(folder, 'targets.yml'), 'utf8');
  put('targets.yml', targets.replace('host_collector: true', 'host_collector: false')
    .replace(/^probes:\n( .*\n)+/m, '').replace(/^ *probes: \[app\]\n/m, ''));
  const alarms = readFileSync(join(folder, 'alarms.yml'), 'utf8');
  put('alarms.yml', alarms.replace('    metric: HealthyHostCount\n', '    metric: HealthyHostCount\n    treatMissingData: missing\n'));
  if (language === 'en') {
    let contacts = readFileSync(join(folder, 'contacts.yml'), 'utf8');
    for (const [ja, en] of Object.entries(ENGLISH)) contacts = contacts.replaceAll(`title: ${ja}`, `title: ${en}`);
    put('contacts.yml', contacts);
  }
  return folder;
}

// --- the server -----------------------------------------------------------------

export class Server {
  constructor({ noAuth = false, ...ops } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'hinomi-console-'));
    this.data = join(this.folder, 'data');
    this.ops = writeOps(join(this.folder, 'ops'), ops);
    mkdirSync(this.data);
    this.log = join(this.folder, 'serve.log');
    this.arguments = noAuth ? ['--no-auth'] : [];
  }

  async start() {
    const log = openSync(this.log, 'a');
    this.process = spawn(BINARY, ['serve', '--ops', this.ops, '--data', this.data,
      '--listen', '127.0.0.1:0', '--act-at-once', ...this.arguments], { stdio: ['ignore', log, log] });
    const address = join(this.data, 'address');
    await waitUntil(async () => {
      if (this.process.exitCode !== null) throw new Error(`serve ended:\n${this.said()}`);
      if (!existsSync(address)) return false;
      this.url = readFileSync(address, 'utf8').trim();
      return (await fetch(`${this.url}/readyz`).catch(() => null))?.ok;
    }, 'the server to be ready');
    return this;
  }

  /** The newest of what the server printed. */
  said() {
    return readFileSync(this.log, 'utf8').slice(-4000);
  }

  /** "" where nobody is asked for one. */
  token() {
    if (!existsSync(join(this.data, 'admin-token'))) return '';
    return readFileSync(join(this.data, 'admin-token'), 'utf8').trim();
  }

  /** The link that the first start prints for its administrator. */
  signInLink() {
    return /http:\/\/\S+\/session\/link\/\S+/.exec(this.said())?.[0];
  }

  /** Texts of the pages that went to DATA/outbox, oldest first. */
  outbox() {
    const folder = join(this.data, 'outbox');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).filter((f) => f.endsWith('.txt')).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((f) => readFileSync(join(folder, f), 'utf8'));
  }

  async call(method, path, body) {
    const answer = await fetch(`${this.url}/api/hinomi/v1/${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token()}`, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${text}`);
    return JSON.parse(text);
  }
  get(path) {
    return this.call('GET', path);
  }

  /** Remote-writes series [{labels, samples: [[ms, value], …]}, …]. */
  async send(series) {
    const answer = await fetch(`${this.url}/api/v1/write`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${this.token()}`, 'Content-Type': 'application/x-protobuf',
        'Content-Encoding': 'snappy', 'X-Prometheus-Remote-Write-Version': '0.1.0',
      },
      body: snappy(writeRequest(series)),
    });
    if (!answer.ok) throw new Error(`remote_write: HTTP ${answer.status} ${await answer.text()}`);
  }

  /** Runs a verb of the command line against this server. */
  cli(...words) {
    return new Promise((resolve, reject) => {
      const env = { ...process.env, HINOMI_URL: this.url, HINOMI_TOKEN: this.token() };
      execFile(BINARY, words, { env }, (error, stdout, stderr) =>
        error ? reject(new Error(`${words.join(' ')}: ${stdout}${stderr}`)) : resolve(stdout));
    });
  }

  /** As kill -9 does; what it has started goes on. */
  async kill() {
    if (this.process?.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  async close() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
