// The stand-in's answers for settings and journal: a folder with a mistake,
// people, tokens of which one is near its end, channels, a chain.
import { entries, NOW } from './night.mjs';

const at = (days, hours = 0) => new Date(NOW + (days * 24 + hours) * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
const HEAD = { sequence: 4133, hash: 'a3'.repeat(32) };
export const CHECKPOINT = `hinomi-checkpoint-1 4000 ${'b1'.repeat(32)} 1795544000000000000 ${'c2'.repeat(32)} ${'d4'.repeat(64)}`;

const RIGHTS = {
  roles: ['viewer', 'on-call', 'devops', 'admin'],
  rights: [
    { right: 'console:read', what: 'see dashboards, alarms, incidents', roles: ['viewer', 'on-call', 'devops', 'admin'] },
    { right: 'incidents:act', what: 'acknowledge, note, resolve', roles: ['on-call', 'devops', 'admin'] },
    { right: 'config:change', what: 'change and reload the ops folder', roles: ['devops'] },
    { right: 'users:manage', what: 'users, roles, tokens of others', roles: ['admin'] },
  ],
};

export const FINDING = {
  level: 'error', file: 'alarms.yml', line: 14, column: 5, path: 'alarms[1].treshold',
  message: 'unknown key "treshold"; did you mean "threshold"?', excerpt: '    treshold: 1000ms\n    ^~~~~~~~',
};

export function settingsState() {
  return {
    users: [
      { name: 'root', roles: ['admin'], disabled: false, tokens: 1, sessions: 1 },
      { name: 'sato', roles: ['on-call'], disabled: false, tokens: 2, sessions: 0 },
      { name: 'old', roles: ['viewer'], disabled: true, tokens: 0, sessions: 0 },
    ],
    tokens: [
      { id: 'k3f9aa0011bb', user: 'sato', role: 'on-call', name: 'Grafana', created_at: at(-80), expires_at: at(9), last_used_at: at(0, -1), revoked: false },
      { id: '77aa00bb22cc', user: 'root', role: 'admin', name: 'first start', created_at: at(-90), expires_at: 'never', last_used_at: null, revoked: false },
    ],
    channels: [
      {
        name: 'mail-team', type: 'smtp', configured: true, reason: '',
        settings: [{ key: 'server', value: 'mail.example.com:587' }, { key: 'password', value: '${env:MAIL_PASSWORD}' }],
        contacts: [{ name: 'on-call', title: 'オンコール', person: '', address: 'oncall@example.com' }],
        pages: [{ id: 'PG-32', incident: 'INC-204', kind: 'page', contact: 'on-call', contact_title: 'オンコール', queued_at: at(0, -0.25), state: 'delivered', attempts: [{ at: at(0, -0.25), outcome: 'delivered', reason_code: 'accepted', detail: '', next_at: null }] }],
      },
      { name: 'slack', type: 'slack', configured: false, reason: 'url: the environment variable SLACK_URL is not set', settings: [{ key: 'url', value: '${env:SLACK_URL}' }], contacts: [], pages: [] },
    ],
    findings: [FINDING],
    proof: null,
    folder: true,
  };
}

const FILES = ['alarms.yml', 'contacts.yml', 'hinomi.yml', 'runbooks/memory-leak.yml'];
const DOCUMENT = {
  digest: '9f'.repeat(32),
  server: { listen: ['127.0.0.1:9140'], time_zone: 'Asia/Tokyo', language: 'ja', store: 'SQLite' },
  alarms: [{ name: 'HighErrorRate', metric: 'HTTPCode_Target_5XX_Count', comparison: 'GreaterThanThreshold', threshold: '10', action: 'alert' }],
  channels: [{ name: 'slack', type: 'slack', settings: [{ key: 'url', value: '${env:SLACK_URL}' }] }],
  contacts: [
    { name: 'on-call', title: 'オンコール', channels: ['mail-team oncall@example.com', 'slack'], hours: '24/7', open: { always: true } },
    { name: 'management', title: '経営層', channels: ['mail-team'], hours: 'business hours', open: { always: false, weekdays: ['mon', 'fri'], from: '09:00', to: '18:00', zone: '' } },
  ],
  runbooks: [{ name: 'memory-leak', title: 'メモリリーク', steps: 4 }],
};

function ops(s) {
  if (!s.folder) return { digest: 'none', loaded_by: null, directory: null };
  return {
    digest: DOCUMENT.digest, loaded_by: { sequence: 4110, at: at(0, -0.7), actor: 'hinomi' }, directory: '/etc/hinomi/ops',
    sound: s.findings.every((f) => f.level !== 'error'),
    files: FILES.map((name, i) => ({ name, bytes: 900 * (i + 1), digest: `${i}e`.repeat(32), in_force: name !== 'alarms.yml' })),
    changes: [{ file: 'alarms.yml', change: 'changed' }], findings: s.findings,
    defaults: [{ file: 'alarms.yml', path: 'alarms[0].period', value: '60s', why: 'the metrics are published each minute' }],
  };
}

function journal(mock, query, lang) {
  const words = (query.get('match') ?? '').toLowerCase().split(' ').filter(Boolean);
  const families = (query.get('type') ?? '').split(',').filter(Boolean);
  const before = Number(query.get('before')) || Infinity;
  const limit = Number(query.get('limit')) || 50;
  const wanted = (mock.journal ?? entries(lang)).toSorted((a, b) => b.sequence - a.sequence).filter((e) =>
    e.sequence < before && (!query.get('actor') || e.actor === query.get('actor')) && (!query.get('subject') || e.subject === query.get('subject'))
    && (families.length === 0 || families.some((f) => e.type === f || e.type.startsWith(`${f}.`)))
    && words.every((w) => `${e.summary} ${e.type} ${e.subject} ${e.actor}`.toLowerCase().includes(w)));
  const page = wanted.slice(0, limit).map((e) => (query.get('data') ? { ...e, version: 1, hash: 'e5'.repeat(32), data: { incident: 'INC-204', note: e.summary } } : e));
  const next = mock.bounded ?? (wanted.length > limit ? page.at(-1).sequence : 0);
  return { entries: page, next, searched_to: next ? at(-3) : null, head: HEAD };
}

/** undefined: not ours. */
export function getSettings(mock, path, url, lang) {
  const s = mock.settings;
  if (path === '/journal') return journal(mock, url.searchParams, lang);
  if (path === '/journal/chain') {
    return { head: HEAD, checkpoint: { sequence: 4000, hash: 'b1'.repeat(32), at: at(0, -1), checkpoint: CHECKPOINT }, since: 133, last_proof: s.proof };
  }
  if (path === '/ops') return ops(s);
  if (path === '/document') return DOCUMENT;
  if (path === '/rights') return RIGHTS;
  if (path === '/users') return { users: s.users };
  if (path === '/tokens') return { tokens: s.tokens };
  if (path === '/channels') return { channels: s.channels };
  if (path === '/sessions') {
    return { sessions: [{ id: '0123456789abcdef', user: 'root', created_at: at(-1), last_seen_at: at(0), ends_at: at(0, 12), current: true }] };
  }
  if (path === '/about') {
    return { release: '0.1.0', started_at: at(0, -3), licence: 'Apache-2.0', listen: ['127.0.0.1:9140'], data: '/var/lib/hinomi', disk_low: false, free_bytes: 12.5e9, total_bytes: 40e9 };
  }
  return undefined;
}

export function changeSettings(mock, method, path, body) {
  const s = mock.settings;
  const [, kind, name, rest] = path.split('/').map(decodeURIComponent);
  if (path === '/journal/verify') {
    const broken = mock.broken ? { sequence: 4002, reason: 'its hash does not follow from its content and the event before' } : null;
    const proof = { ok: !broken, sequence: broken ? 4001 : 4133, hash: HEAD.hash, anchored: body.checkpoint ? 4000 : 0, broken, contradiction: null, at: at(0), by: 'root', seconds: 1.26, message: '' };
    if (!body.checkpoint) s.proof = proof;
    return proof;
  }
  if (path === '/ops/reload') {
    return { dry_run: body.dry_run, sound: s.findings.length === 0, digest: '77'.repeat(32), files: [{ file: 'alarms.yml', change: 'changed' }], differences: s.findings.length ? [] : [{ section: 'alarms', name: 'HighErrorRate', change: 'changed' }], findings: s.findings };
  }
  if (path === '/tokens/link') return { user: body.user, path: '/api/hinomi/v1/session/link/abc123' };
  if (path === '/tokens') {
    const token = { id: 'new000000000', user: body.user, role: body.role, name: body.name, created_at: at(0), expires_at: at(body.days), last_used_at: null, revoked: false };
    s.tokens.push(token);
    return { ...token, token: 'hnm_new000000000_secret' };
  }
  if (kind === 'tokens' && method === 'DELETE') {
    s.tokens = s.tokens.filter((t) => t.id !== name);
    return { ok: true };
  }
  if (kind === 'channels' && rest === 'test') {
    s.channels[0].pages.unshift({ id: 'PG-40', incident: '', kind: 'test', contact: '', contact_title: '', queued_at: at(0), state: 'queued', attempts: [] });
    return { ok: true, page: { pages: ['PG-40'] } };
  }
  if (kind === 'users' && rest === 'sessions') return { ok: true };
  if (kind === 'users') return Object.assign(s.users.find((u) => u.name === name), body);
  if (kind === 'sessions' && method === 'DELETE') return { ok: true };
  return undefined;
}
