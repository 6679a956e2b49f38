// A stand-in for the server: the built console under its real policy, and the
// REST contract answered from the night's story. For these tests only.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backtest, withWeek } from './backtest_story.mjs';
import { changeSettings, getSettings, settingsState } from './mock_settings.mjs';
import { answerPrometheus } from './metrics_mock.mjs';
import { count, entries, explanation, NOW, scenes, series } from './night.mjs';
import { answer, scaled } from './services_story.mjs';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const API = '/api/hinomi/v1';

export async function startMock({ dist = process.env.HN_CONSOLE_DIST ?? join(WEB, 'dist'), scene = 'night' } = {}) {
  const csp = readFileSync(join(WEB, 'csp.txt'), 'utf8').trim();
  const started = Date.now();
  const clock = () => NOW + (Date.now() - started);
  const streams = new Set();
  const mock = { scene, signedIn: true, failActions: '', requests: [], acknowledged: false, notes: [], sequence: 4200, settings: settingsState() };

  const send = (res, status, body) => {
    res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    res.end(JSON.stringify(body));
  };
  const refuse = (res, status, code, message) => send(res, status, { error: { code, message } });

  function now(lang) {
    const answer = structuredClone(scenes[mock.scene](lang));
    answer.server.now = new Date(clock()).toISOString();
    mock.change?.(answer);
    if (mock.acknowledged && answer.incidents[0]) answer.incidents = scenes.night(lang).incidents;
    answer.counts ??= count(answer);
    return answer;
  }

  function serveFile(res, path) {
    const name = path === '/' ? '/index.html' : normalize(path);
    let bytes;
    try {
      bytes = readFileSync(join(dist, name));
    } catch {
      return refuse(res, 404, 'not_found', `no file ${path}`);
    }
    const headers = { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream', 'X-Content-Type-Options': 'nosniff' };
    if (name.endsWith('.html')) headers['Content-Security-Policy'] = csp;
    res.writeHead(200, headers);
    res.end(bytes);
  }

  function stream(res) {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write(': keep-alive\n\n');
    streams.add(res);
    res.on('close', () => streams.delete(res));
  }

  /** A page of the alarms, those that need somebody first. */
  function listed(found, query) {
    const order = ['ALARM', 'INSUFFICIENT_DATA', 'OK'];
    const text = (query.get('match') ?? '').toLowerCase();
    const all = (mock.alarms ?? found.alarms)
      .filter((a) => (query.get('state') || a.state) === a.state && `${a.name} ${a.metric} ${a.action}`.toLowerCase().includes(text))
      .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
    const offset = Number(query.get('offset'));
    return { alarms: all.slice(offset, offset + Number(query.get('limit'))), total: all.length, counts: found.counts };
  }

  function get(res, url, lang) {
    const path = url.pathname.slice(API.length);
    const found = now(lang);
    if (path === '/now') return send(res, 200, found);
    if (path === '/alarms') return send(res, 200, listed(found, url.searchParams));
    if (path === '/events') return mock.noStream ? refuse(res, 503, 'unavailable', 'too many streams') : stream(res);
    const watched = answer(mock, path, url.searchParams);
    if (watched) return watched.status ? refuse(res, watched.status, 'not_found', watched.message) : send(res, 200, watched);
    const setting = getSettings(mock, path, url, lang);
    if (setting) return send(res, 200, setting);
    if (path === '/incidents') {
      const which = url.searchParams.get('state');
      const all = [...(which === 'resolved' ? [] : found.incidents), ...(which === 'open' ? [] : found.resolved)];
      const offset = Number(url.searchParams.get('offset'));
      return send(res, 200, { incidents: all.slice(offset, offset + Number(url.searchParams.get('limit'))), total: all.length });
    }
    const [, kind, name, rest] = path.split('/').map(decodeURIComponent);
    if (kind === 'incidents') {
      const incident = [...found.incidents, ...found.resolved].find((i) => i.id === name);
      return incident ? send(res, 200, incident) : refuse(res, 404, 'not_found', `no incident ${name}`);
    }
    if (kind === 'explain') return send(res, 200, explanation(name, lang));
    const alarm = (mock.alarms ?? found.alarms).find((a) => a.name === name);
    if (kind !== 'alarms' || !alarm) return refuse(res, 404, 'not_found', `no ${path}`);
    if (rest !== 'series') {
      const transitions = alarm.state === 'ALARM' ? [{ at: alarm.since, from: 'OK', to: 'ALARM' }] : [];
      return send(res, 200, { ...alarm, transitions, history: entries(lang).filter((e) => e.subject === `alarm:${name}`) });
    }
    const seconds = (key) => Math.floor(Date.parse(url.searchParams.get(key)) / 1000);
    const points = mock.scene === 'first' && alarm.value === null ? []
      : series(name, seconds('from'), seconds('to'), Number(url.searchParams.get('step_seconds')), mock.scene === 'calm');
    return send(res, 200, { points: name === 'HighErrorRate' ? withWeek(points) : points, threshold: alarm.threshold });
  }

  async function post(res, path, body, lang) {
    if (path === '/session') {
      if (body.token !== 'hnm_good') return refuse(res, 401, 'denied', 'This token is not known.');
      mock.signedIn = true;
      return send(res, 200, { ok: true });
    }
    if (path === '/alarms/backtest') await mock.hold;
    if (mock.failActions) return refuse(res, 409, 'conflict', mock.failActions);
    if (path === '/alarms/backtest') return send(res, 200, (mock.backtest ?? backtest)(body, lang));
    const changed = changeSettings(mock, 'POST', path, body);
    if (changed) return send(res, 200, changed);
    const verb = path.split('/').at(-1);
    if (verb === 'scale') {
      const done = scaled(mock, decodeURIComponent(path.split('/')[2]), body);
      return done.status ? refuse(res, done.status, 'conflict', done.message) : send(res, 200, done);
    }
    if (verb === 'acknowledge') mock.acknowledged = true;
    if (verb === 'resolve') mock.scene = 'calm';
    mock.emit(verb === 'note' ? 'incident.noted' : `incident.${verb}d`, 'incident:INC-204');
    return send(res, 200, { ok: true, incident: { incident: 'INC-204', state: verb === 'resolve' ? 'resolved' : 'acknowledged' } });
  }

  const http = createServer((req, res) => {
    const url = new URL(req.url, 'http://mock');
    const lang = url.searchParams.get('lang') === 'en' ? 'en' : 'ja';
    let text = '';
    req.on('data', (chunk) => (text += chunk));
    req.on('end', () => {
      if (url.pathname.startsWith('/api/v1/')) return answerPrometheus(mock, send, res, url);
      if (!url.pathname.startsWith(API)) return serveFile(res, url.pathname);
      mock.requests.push({ method: req.method, path: url.pathname.slice(API.length), body: text ? JSON.parse(text) : null, type: req.headers['content-type'] ?? '', key: req.headers['idempotency-key'] ?? '' });
      const path = url.pathname.slice(API.length);
      if (mock.deaf && req.method === 'POST') return req.socket.destroy(); // The answer is lost.
      if (!mock.signedIn && path !== '/session') return refuse(res, 401, 'denied', 'Sign in first.');
      if (req.method === 'POST') return post(res, path, JSON.parse(text), lang);
      if (req.method === 'DELETE' && path !== '/session') return send(res, 200, changeSettings(mock, 'DELETE', path, {}));
      return get(res, url, lang);
    });
  });
  /** Tells every open page that something changed. */
  mock.emit = (type, subject) => {
    mock.sequence += 1;
    for (const res of streams) {
      res.write(`id: ${mock.sequence}\nevent: change\ndata: ${JSON.stringify({ sequence: mock.sequence, type, subject })}\n\n`);
    }
  };
  mock.posts = () => mock.requests.filter((r) => r.method === 'POST');
  mock.breakStreams = () => streams.forEach((res) => res.destroy());
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  mock.url = `http://127.0.0.1:${http.address().port}`;
  mock.close = () => new Promise((resolve) => {
    mock.breakStreams();
    http.close(resolve);
    http.closeAllConnections();
  });
  return mock;
}
