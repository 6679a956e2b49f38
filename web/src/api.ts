// The REST contract of /api/hinomi/v1, as the server writes it. All times are
// RFC 3339 in UTC; sentences come in the language that was asked for.
import { settings } from './settings.svelte';

export const BASE = '/api/hinomi/v1';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type Severity = 'critical' | 'error' | 'warning' | 'info';
export type IncidentState = 'triggered' | 'acknowledged' | 'resolved';
export type PageState = 'queued' | 'delivered' | 'filed' | 'retrying' | 'failed' | 'cancelled';

export interface Entry {
  sequence: number;
  at: string;
  type: string;
  actor: string;
  subject: string;
  summary: string;
}

export interface Contact {
  name: string;
  title: string;
}

export interface Step {
  level: string;
  due_at: string;
  fired_at: string | null;
  contacts: Contact[];
  skipped_reason: string | null;
}

/** What happens by itself if nobody does anything. */
export interface Upcoming {
  kind: 'step' | 'repeat' | 'pass' | 'acknowledgement_timeout' | 'snooze_over';
  /** "" for what is no level. */
  level: string;
  due_at: string;
  contacts: Contact[];
}

export interface Attempt {
  at: string;
  outcome: string;
  reason_code: string;
  detail: string;
  next_at: string | null;
}

export interface Page {
  id: string;
  level: string;
  contact: string;
  contact_title: string;
  channel: string;
  channel_type: string;
  destination: string;
  kind: string;
  state: PageState;
  attempts: Attempt[];
  queued_at: string;
}

export interface Incident {
  id: string;
  title: string;
  severity: Severity;
  service: string;
  alarm: string;
  state: IncidentState;
  opened_at: string;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  /** Of the contact; "" for users. */
  acknowledged_by_title: string;
  resolved_at: string | null;
  resolved_by: string | null;
  resolved_by_title: string;
  resolution: string | null;
  steps: Step[];
  /** That calls somebody who was not called yet. */
  next_step: Upcoming | null;
  /** Soonest first. */
  upcoming: Upcoming[];
  snoozed_until: string | null;
  merged_into: string | null;
  /** Problems that are part of it. */
  members: { total: number; lasting: number; named: string[] };
  pages: Page[];
  timeline: Entry[];
  notes: Entry[];
}

export interface Alarm {
  name: string;
  description: string;
  metric: string;
  dimensions: Record<string, string>;
  state: AlarmState;
  since: string | null;
  reason: string;
  reason_code: string;
  /** Null for an alarm with a band. */
  threshold: number | null;
  /** As the document writes it: "1000ms". */
  threshold_text: string;
  /** What is usual at the time of the newest value, of an alarm with a band; numbers are null and
   * `range` is '' where that is not known. */
  band?: { lower: number | null; expected: number | null; upper: number | null; range: string; zone: string };
  comparison: string;
  statistic: string;
  period_seconds: number;
  evaluation_periods: number;
  datapoints_to_alarm: number;
  treat_missing_data: string;
  unit: string;
  action: string;
  severity: Severity;
  value: number | null;
  /** Of a composite alarm; '' for others. */
  rule: string;
  /** What keeps its action back, as a sentence; '' where nothing does. */
  held: string;
  observing: boolean;
  observing_until: string | null;
  /** What the alarm says, with its figures. */
  sentence?: string;
  /** Of a PromQL alarm or an alert of a rule file; others have none of these. */
  expr?: string;
  for_seconds?: number;
  keep_firing_for_seconds?: number;
  evaluation_interval_seconds?: number;
  rule_file?: string;
  contributor_count?: number;
  contributors?: Contributor[];
}

/** A series of a PromQL alarm that is in ALARM. */
export interface Contributor {
  contributor: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  value: number;
  since: string;
  active_at: string;
  reason: string;
  action: string;
  observing: boolean;
}

export interface Transition {
  at: string;
  contributor?: string;
  from: AlarmState;
  to: AlarmState;
}

export interface AlarmDetail extends Alarm {
  history: Entry[];
  /** Of a PromQL alarm, where its newest evaluation failed. */
  evaluation_error?: string;
  /** Of an alarm with a band: what was learnt, in a sentence. */
  model?: { sentence: string; no_band: string };
  /** Newest first. */
  transitions: Transition[];
}

export interface AlarmCounts {
  OK: number;
  ALARM: number;
  INSUFFICIENT_DATA: number;
  observing: number;
}

/** A page of the list, those that need somebody first. */
export interface AlarmList {
  alarms: Alarm[];
  /** That match. */
  total: number;
  counts: AlarmCounts;
}

export interface Finding {
  level: 'error' | 'warning';
  file: string;
  line: number;
  column: number;
  message: string;
  /** The line with a caret under it; "" where a secret may stand in it. */
  excerpt?: string;
}

export interface Channel {
  name: string;
  type: string;
  configured: boolean;
  reason: string;
}

/** A page that was given up. */
export interface Undelivered {
  id: string;
  incident: string;
  contact: string;
  contact_title: string;
  channel: string;
  reason_code: string;
  /** Another page took its place. */
  replaced: boolean;
}

/** A declared database, zone or log group. */
export interface Resource {
  name: string;
  kind: string;
  state: string;
}

export interface Server {
  release: string;
  started_at: string;
  now: string;
  time_zone: string;
  language: 'ja' | 'en';
  no_auth: boolean;
  user: string;
  roles: string[];
  rights: string[];
}

export interface Now {
  server: Server;
  /** Of the newest event in it. */
  sequence: number;
  /** All if they are few, else the 100 that need somebody most. */
  alarms: Alarm[];
  counts: AlarmCounts & { incidents: number; unacknowledged: number };
  /** Open ones; all if they are few, else the 50 that need somebody most. */
  incidents: Incident[];
  resolved: Incident[];
  changes: Entry[];
  findings: Finding[];
  channels: Channel[];
  undelivered: Undelivered[];
  resources: Resource[];
}

/** Time, lower and upper bound. */
export type BandPoint = [number, number, number];

export interface Series {
  points: [number, number | null][];
  threshold: number | null;
  /** Of an alarm with a band, where it is known. */
  bands?: BandPoint[];
}

/** What an alarm would have done over stored history. */
export interface BacktestQuestion {
  /** Epoch seconds. */
  from: number;
  to: number;
  /** It ends now, by the server's clock. */
  live: boolean;
  /** Instead of the alarm's own. */
  threshold: number | null;
  /** Also look for the threshold that opens no more incidents than these a week. */
  incidentsAWeek: number | null;
}

export interface BacktestSum {
  name: string;
  evaluations: number;
  /** Each until the next, the first at the beginning. */
  states: { at: string; state: AlarmState }[];
  /** With those that are not listed: the last listed one may have ended long before the range. */
  states_total: number;
  in_alarm_seconds: number;
  incidents: number;
  /** Null where it is decided by a rule or a band. */
  threshold: number | null;
  quiet_threshold: number | null;
}

export interface BacktestMove {
  at: string;
  alarm: string;
  /** Of a PromQL alarm. */
  contributor: string;
  from: AlarmState;
  to: AlarmState;
  action: string;
  /** What would have kept its action back. */
  held_by: string;
  reason: string;
}

export interface BacktestResult {
  from: string;
  to: string;
  /** The alarm and those that it is made of. */
  alarms: BacktestSum[];
  /** The first 1000, in the order of time. */
  transitions: BacktestMove[];
  transitions_total: number;
  /** With the incidents that there were. */
  compared: {
    hits: number;
    misses: number;
    /** Pages that belong to none of them. */
    without_incident: number;
    incidents: { incident: string; opened_at: string; alarm: string; title: string; hit: boolean }[];
  };
}

export interface Explanation {
  kind: 'alarm' | 'service' | 'incident' | 'page' | 'scaling';
  id: string;
  sentence: string;
  /** Newest first. */
  datapoints: { at: string; value: number | null; lower?: number; upper?: number }[];
  /** Oldest first. */
  entries: Entry[];
}

/** A `change` event of the stream. */
export interface Change {
  sequence: number;
  type: string;
  subject: string;
}

/** An answer other than 2xx, or none at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const READ_MS = 10_000;
const WRITE_MS = 20_000; // The server waits up to 10 s for a decision.
const BACKTEST_MS = 150_000; // The server ends it after two minutes.

/** A name for one intention: the server does what is asked under it once, however
 * often it is asked because an answer was lost. */
export function newKey(): string {
  // randomUUID() exists in secure contexts only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** `wait`: how long an answer may take, in milliseconds. */
export async function call<T>(method: string, path: string, body?: unknown, key = '', wait?: number): Promise<T> {
  const separator = path.includes('?') ? '&' : '?';
  const headers: Record<string, string> = { Accept: 'application/json' };
  const init: RequestInit = { method, headers, cache: 'no-store' };
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    if (key) headers['Idempotency-Key'] = key;
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    // A line that went dead tells nothing: better to ask again than to wait.
    const signal = AbortSignal.timeout(wait ?? (method === 'GET' ? READ_MS : WRITE_MS));
    response = await fetch(`${BASE}${path}${separator}lang=${settings.language}`, { ...init, signal });
  } catch {
    throw new ApiError(0, 'unreachable', '');
  }
  const text = await response.text();
  let answer: unknown = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    // A proxy's own page: the status says enough.
  }
  if (!response.ok) {
    const error = (answer as { error?: { code?: string; message?: string } } | null)?.error;
    throw new ApiError(response.status, error?.code ?? '', error?.message ?? response.statusText);
  }
  return answer as T;
}

export const segment = encodeURIComponent;

export const getNow = () => call<Now>('GET', '/now');
export const getIncidents = (state: 'open' | 'resolved' | 'all', offset: number, limit: number) =>
  call<{ incidents: Incident[]; total: number }>('GET', `/incidents?state=${state}&offset=${offset}&limit=${limit}`);
export const getIncident = (id: string) => call<Incident>('GET', `/incidents/${segment(id)}`);
export interface AlarmQuery {
  state?: AlarmState | '';
  match?: string;
  offset?: number;
  limit?: number;
}
export const getAlarms = ({ state = '', match = '', offset = 0, limit = 200 }: AlarmQuery) =>
  call<AlarmList>('GET', `/alarms?state=${state}&match=${segment(match)}&offset=${offset}&limit=${limit}`);
export const findAlarms = async (match: string, limit: number) => (await getAlarms({ match, limit })).alarms;
export const getAlarm = (name: string) => call<AlarmDetail>('GET', `/alarms/${segment(name)}`);
const rfc3339 = (seconds: number) => new Date(seconds * 1000).toISOString();
export const getSeries = (name: string, from: number, to: number, step: number) => {
  const time = (seconds: number) => segment(rfc3339(seconds));
  return call<Series>(
    'GET',
    `/alarms/${segment(name)}/series?from=${time(from)}&to=${time(to)}&step_seconds=${step}`,
  );
};
export const backtest = (alarm: string, { from, to, live, threshold, incidentsAWeek }: BacktestQuestion) => {
  const body = {
    alarm,
    from: rfc3339(from),
    ...(!live && { to: rfc3339(to) }),
    ...(threshold !== null && { threshold }),
    ...(incidentsAWeek !== null && { incidents_a_week: incidentsAWeek }),
  };
  return call<BacktestResult>('POST', '/alarms/backtest', body, '', BACKTEST_MS);
};
export const explain = (name: string) => call<Explanation>('GET', `/explain/${segment(name)}`);
interface Done {
  ok: true;
  incident: Incident;
}
const act = (id: string, verb: string, body: unknown, key = '') =>
  call<Done>('POST', `/incidents/${segment(id)}/${verb}`, body, key);
export const acknowledge = (id: string) => act(id, 'acknowledge', {});
export const resolve = (id: string, reason: string, key: string) => act(id, 'resolve', { reason }, key);
export const escalate = (id: string, key: string) => act(id, 'escalate', {}, key);
export const giveBack = (id: string) => act(id, 'unacknowledge', {});
export const snooze = (id: string, time: string, key: string) => act(id, 'snooze', { for: time }, key);
export const changeSeverity = (id: string, severity: Severity, text: string, key: string) =>
  act(id, 'severity', { severity, text }, key);
export const merge = (id: string, into: string, key: string) => act(id, 'merge', { into }, key);
export const addNote = (id: string, text: string, key: string) => act(id, 'note', { text }, key);

export interface NewIncident {
  title: string;
  severity: Severity;
  service: string;
}
export const openIncident = (incident: NewIncident, key: string) =>
  call<Done>('POST', '/incidents', incident, key);

export const signIn = (token: string) => call<unknown>('POST', '/session', { token });
export const signOut = () => call<unknown>('DELETE', '/session', {});
