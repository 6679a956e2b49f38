// The one story that all pages and tests tell: v2.41.0 went out at 02:52, errors
// began at 03:09, Sato was paged at 03:12, it is now 03:26:48 in Tokyo.
export const NOW = Date.parse('2026-11-23T18:26:48Z');
const jst = (clock) => {
  const [h, m, s = '00'] = clock.split(':');
  return new Date(Date.parse('2026-11-23T15:00:00Z') + ((+h * 60 + +m) * 60 + +s) * 1000)
    .toISOString()
    .replace('.000Z', 'Z');
};

function random(seed) {
  let s = seed;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Three hours, a point a minute, until 03:26; five minutes from 02:03 are missing. */
function metrics() {
  const r = random(7);
  const g = () => r() + r() + r() - 1.5;
  const out = { HighErrorRate: [], HighResponseTime: [], HighMemoryUsage: [], HighCPUUsage: [], LowHealthyHosts: [] };
  const spike = [4, 9, 37];
  let w = 0;
  for (let i = 0; i < 180; i++) {
    const a = i - 162;
    const d = i - 145;
    w = w * 0.8 + g();
    const gap = i > 95 && i < 102;
    const calm = Math.max(0, Math.round((i < 145 ? 0.8 : 2) + g() * 1.6));
    const hot = spike[a] ?? Math.round(38 + 7 * Math.sin(a / 2.6) + g() * 4);
    out.HighErrorRate.push(gap ? null : i < 162 ? calm : hot);
    const slow = 415 + w * 22 + (d > 0 ? 60 : 0) + (a > 0 ? Math.min(a, 7) * 98 + g() * 70 : 0);
    out.HighResponseTime.push(gap ? null : slow);
    out.HighMemoryUsage.push(57.5 + w * 0.5 + (d > 6 ? (d - 6) * 0.9 : 0));
    out.HighCPUUsage.push(44 + w * 2.2 + (d > 0 ? 4 : 0) + (a > 0 ? Math.min(a, 9) * 1.5 : 0));
    out.LowHealthyHosts.push(i > 172 && i < 175 ? 2 : 3);
  }
  out.HighErrorRate[179] = 37;
  out.HighResponseTime[179] = 1240;
  out.HighMemoryUsage[179] = 82.6;
  out.HighCPUUsage[179] = 63.2;
  return out;
}
const DATA = metrics();
const LAST_MINUTE = Math.floor(NOW / 60_000) * 60;

/** Values at the asked steps; calm before the three hours of the story. */
export function series(name, from, to, step, calm = false) {
  const points = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const i = 179 - Math.round((LAST_MINUTE - at) / 60);
    const values = DATA[name] ?? [];
    const value = i >= 0 && i < 180 ? values[calm ? i % 90 : i] : i < 0 ? (values[(i % 90) + 90] ?? null) : null;
    points.push([at, value ?? null]);
  }
  return points;
}

const alarm = (name, metric, unit, threshold, value, extra = {}) => ({
  name, metric, unit, threshold, threshold_text: String(threshold), value,
  description: '', dimensions: { ServiceName: 'app' }, state: 'OK', since: jst('00:00:00'),
  reason: 'Threshold not crossed', reason_code: 'threshold_not_crossed',
  comparison: 'GreaterThanThreshold', statistic: 'Average', period_seconds: 60, evaluation_periods: 1, datapoints_to_alarm: 1,
  treat_missing_data: 'missing',
  action: 'alert', severity: 'error', observing: false, observing_until: null, ...extra,
});

function alarms() {
  return [
    alarm('HighErrorRate', 'HTTPCode_Target_5XX_Count', 'Count', 10, 37, {
      state: 'ALARM', since: jst('03:12:00'), statistic: 'Sum', reason_code: 'threshold_crossed',
      reason: 'Threshold Crossed: 1 out of the last 1 datapoints [37.0 (23/11/26 18:11:00)] was greater than the threshold (10.0).',
    }),
    alarm('HighResponseTime', 'TargetResponseTime', 'Milliseconds', 1000, 1240, {
      state: 'ALARM', since: jst('03:14:00'), severity: 'warning', action: '',
    }),
    alarm('HighMemoryUsage', 'MemoryUtilization', 'Percent', 85, 82.6, { action: 'scale-up' }),
    alarm('HighCPUUsage', 'CPUUtilization', 'Percent', 80, 63.2, { action: 'scale-up' }),
    alarm('LowHealthyHosts', 'HealthyHostCount', 'Count', 1, 3, {
      comparison: 'LessThanThreshold', statistic: 'Minimum', action: 'critical-alert', severity: 'critical',
    }),
  ];
}

const PEOPLE = {
  sato: { ja: ['佐藤 美咲', 'オンコール'], en: ['Misaki Sato', 'on call'] },
  tanaka: { ja: ['田中 健', 'チームリード'], en: ['Ken Tanaka', 'team lead'] },
  suzuki: { ja: ['鈴木 進', 'アーキテクト'], en: ['Susumu Suzuki', 'architect'] },
  management: { ja: ['経営層', ''], en: ['Management', ''] },
};
/** As the server gives it: the document's key, and its title for people. */
const contact = (who, lang) => {
  const [name, role] = PEOPLE[who][lang];
  const title = role === '' ? name : lang === 'ja' ? `${name}（${role}）` : `${name}, ${role}`;
  return { name: who, title };
};

function entry(sequence, at, type, actor, subject, ja, en) {
  return { sequence, at: jst(at), type, actor, subject, summary: { ja, en } };
}
const ENTRIES = [
  entry(4102, '01:05:12', 'alarm.transitioned', 'hinomi', 'alarm:DiskUsage', 'db-2 のディスク使用率が届かない', 'No disk data from db-2'),
  entry(4110, '02:44:00', 'ops.loaded', 'suzuki', '', '設定を読み込み：alarms.yml に警告を 1 件追加', 'Configuration loaded: one warning added in alarms.yml'),
  entry(4117, '03:12:00', 'alarm.transitioned', 'hinomi', 'alarm:HighErrorRate', 'HighErrorRate が 正常 → 発報。37 件 > 10 件（1/1 期間）', 'HighErrorRate OK → alarm. 37 > 10 (1 of 1 period)'),
  entry(4118, '03:12:04', 'incident.opened', 'hinomi', 'incident:INC-204', 'インシデント INC-204 を開始、重大度「アラート」', 'Incident INC-204 opened, severity “alert”'),
  entry(4120, '03:12:05', 'page.attempted', 'hinomi', 'incident:INC-204', 'webhook が 503 を返した。1 秒後に再送', 'The webhook answered 503; sent again in 1 s'),
  entry(4121, '03:12:07', 'page.attempted', 'hinomi', 'incident:INC-204', 'webhook が佐藤への呼び出しを受理（2 回目）', 'The webhook accepted the page to Sato (second try)'),
  entry(4124, '03:13:58', 'service.scaled', 'hinomi', 'service:app', 'SC-3：app のレプリカを 2 から 3 に。HighCPUUsage が発報中', 'SC-3: app goes from 2 to 3 replicas: HighCPUUsage asks for it'),
  entry(4125, '03:14:00', 'alarm.transitioned', 'hinomi', 'alarm:HighResponseTime', 'レスポンスタイムが 1,000 ms を超過（警告、呼び出しなし）', 'Response time above 1,000 ms (warning, pages nobody)'),
  entry(4128, '03:15:31', 'incident.acknowledged', '佐藤 美咲', 'incident:INC-204', '佐藤 美咲 が確認。L2・L3 の時計は解決まで進みます', 'Misaki Sato acknowledged. The L2 and L3 clocks run on until it is resolved'),
  entry(4133, '03:24:10', 'incident.noted', '佐藤 美咲', 'incident:INC-204', '「/api/orders だけ 500。ロールバックの準備を始めます」', '“Only /api/orders returns 500. Getting ready to roll back.”'),
];
const said = (list, lang) => list.map((e) => ({ ...e, summary: e.summary[lang] }));

export function incident(lang, acknowledged = true) {
  const due = { L2: jst('03:42:04'), L3: jst('04:12:04') };
  const step = (level, who, extra) => ({ level, due_at: jst('03:12:04'), fired_at: null, contacts: [contact(who, lang)], skipped_reason: null, ...extra });
  const page = (id, level, who, channel, state, attempts) => ({
    id, level, contact: who, contact_title: PEOPLE[who]?.[lang][0] ?? who, channel, channel_type: 'webhook',
    destination: '', kind: 'page', state, attempts, queued_at: jst('03:12:04'),
  });
  const attempt = (at, outcome, detail = '', next_at = null) => ({ at: jst(at), outcome, reason_code: outcome, detail, next_at });
  const timeline = ENTRIES.filter((e) => e.subject === 'incident:INC-204');
  return {
    id: 'INC-204',
    title: lang === 'ja' ? 'HighErrorRate：app の 5xx エラーが毎分 37 件' : 'HighErrorRate: app returns 37 5xx errors a minute',
    severity: 'error', service: 'app', alarm: 'HighErrorRate',
    state: acknowledged ? 'acknowledged' : 'triggered',
    opened_at: jst('03:12:04'),
    acknowledged_at: acknowledged ? jst('03:15:31') : null,
    acknowledged_by: acknowledged ? PEOPLE.sato[lang][0] : null,
    acknowledged_by_title: '', resolved_by_title: '',
    resolved_at: null, resolved_by: null, resolution: null,
    steps: [
      step('L1', 'sato', { fired_at: jst('03:12:04') }),
      step('L2', 'tanaka', { due_at: due.L2 }),
      step('L3', 'suzuki', { due_at: due.L3 }),
      step('L4', 'management', { due_at: due.L3, skipped_reason: 'not_critical' }),
    ],
    next_step: { kind: 'step', level: 'L2', due_at: due.L2, contacts: [contact('tanaka', lang)] },
    upcoming: [{ kind: 'step', level: 'L2', due_at: due.L2, contacts: [contact('tanaka', lang)] }],
    snoozed_until: null, merged_into: null, members: { total: 0, lasting: 0, named: [] },
    pages: [
      page('PG-31', 'L1', 'sato', 'webhook-oncall', 'delivered', [attempt('03:12:05', 'retry', 'HTTP 503 Service Unavailable', jst('03:12:06')), attempt('03:12:07', 'delivered')]),
      page('PG-32', 'L1', 'DevOps', 'mail-team', 'delivered', [attempt('03:12:06', 'delivered')]),
    ],
    timeline: said(acknowledged ? timeline : timeline.filter((e) => e.sequence < 4128), lang),
    notes: [],
  };
}

function server(lang, noAuth = false) {
  return {
    release: '0.1.0', started_at: jst('00:00:00'), now: new Date(NOW).toISOString(),
    time_zone: 'Asia/Tokyo', language: 'ja', no_auth: noAuth, user: PEOPLE.sato[lang][0],
    roles: ['operator'], rights: ['incidents:act', 'services:scale', 'incidents:read', 'alarms:read'],
  };
}
/** As the server counts them. */
export function count({ alarms, incidents }) {
  const unacknowledged = incidents.filter((i) => i.state === 'triggered').length;
  const counts = { OK: 0, ALARM: 0, INSUFFICIENT_DATA: 0, observing: 0, incidents: incidents.length, unacknowledged };
  for (const alarm of alarms) {
    counts[alarm.state] += 1;
    if (alarm.observing) counts.observing += 1;
  }
  return counts;
}
const READY = [
  { name: 'webhook-oncall', type: 'webhook', configured: true, reason: '' },
  { name: 'mail-team', type: 'smtp', configured: true, reason: '' },
];
function earlier(lang) {
  return {
    ...incident(lang), id: 'INC-203', state: 'resolved', opened_at: '2026-11-19T01:00:00Z',
    resolved_at: '2026-11-19T01:18:00Z', resolved_by: PEOPLE.sato[lang][0],
    resolution: lang === 'ja' ? '設定を戻しました' : 'The setting was reverted', next_step: null, upcoming: [],
  };
}

/** What GET /now answers in each scene. */
export const scenes = {
  night: (lang) => ({
    server: server(lang), alarms: alarms(), incidents: [incident(lang)], resolved: [earlier(lang)],
    changes: said(ENTRIES, lang).reverse(), findings: [], channels: READY, undelivered: [], resources: [],
  }),
  paged: (lang) => ({ ...scenes.night(lang), incidents: [incident(lang, false)], changes: said(ENTRIES.slice(0, 7), lang).reverse() }),
  calm: (lang) => ({
    ...scenes.night(lang), incidents: [], changes: said(ENTRIES.slice(0, 2), lang).reverse(),
    alarms: alarms().map((a) => ({ ...a, state: 'OK', since: jst('00:00:00'), value: a.state === 'ALARM' ? a.threshold / 5 : a.value })),
  }),
  first: (lang) => ({
    server: { ...server(lang, true), user: 'local' }, incidents: [], resolved: [],
    alarms: alarms().map((a, i) => ({
      ...a, state: i < 3 ? 'INSUFFICIENT_DATA' : 'OK', value: i < 3 ? null : a.value,
      observing: true, observing_until: jst('03:36:00'),
    })),
    changes: [],
    findings: [
      { level: 'error', file: 'alarms.yml', line: 14, column: 5, message: lang === 'ja' ? 'treshold という項目はありません。threshold のことですか。' : 'there is no key treshold; did you mean threshold?' },
      { level: 'warning', file: 'hinomi.yml', line: 1, column: 1, message: lang === 'ja' ? '誰も Hinomi 自身を見張っていません。' : 'Nobody watches Hinomi itself.' },
    ],
    channels: READY.map((c) => ({ ...c, configured: false, reason: lang === 'ja' ? '認証情報がありません' : 'no credentials' })),
    undelivered: [], resources: [],
  }),
};
export const entries = (lang) => said(ENTRIES, lang);

/** What GET /explain answers. */
export function explanation(name, lang) {
  const ja = 'HighErrorRate は 03:12:00 に発報しました：1 分間の 5xx は 37 件で、しきい値の 10 件を超えました。';
  const en = 'HighErrorRate went off at 03:12:00: 37 5xx errors in one minute, above the limit of 10.';
  if (name.startsWith('service:')) {
    return {
      kind: 'scaling', id: 'SC-3', at: jst('03:13:58'), rule: null, datapoints: [],
      sentence: lang === 'ja' ? 'SC-3：app のレプリカを 03:13:58 に 2 から 3 に変更（HighCPUUsage が発報中）。' : 'SC-3: app was scaled from 2 to 3 replicas at 03:13:58 because HighCPUUsage asks for it.',
      entries: said(ENTRIES, lang).filter((e) => e.subject === 'service:app'),
    };
  }
  return {
    kind: 'alarm', id: name.replace(/^\w+:/, ''), sentence: lang === 'ja' ? ja : en, at: jst('03:12:00'), rule: null,
    datapoints: [{ at: jst('03:11:00'), value: 37 }, { at: jst('03:10:00'), value: null }],
    entries: said(ENTRIES, lang).filter((e) => e.subject === 'alarm:HighErrorRate'),
  };
}
