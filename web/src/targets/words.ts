// How targets are called, and what to do where one fails.
import type { Look } from '../shell/states';
import { t, type Key } from '../text';
import type { Target, TargetKind, TargetState } from './api';

export function targetLook(state: TargetState): Look {
  if (state === 'up') return { tone: 'ok', icon: 'ok', word: t('target.up') };
  if (state === 'down') return { tone: 'crit', icon: 'fail', word: t('target.down') };
  return { tone: 'mute', icon: 'nodata', word: t('target.unknown') };
}

const kinds: Record<TargetKind, Key> = {
  scrape: 'target.kind_scrape',
  probe: 'target.kind_probe',
  host: 'target.kind_host',
  balancer: 'target.kind_balancer',
  log: 'target.kind_log',
  file: 'target.kind_file',
};

const PROBES = { http: 'HTTP', tcp: 'TCP', tls: 'TLS', dns: 'DNS', postgres: 'PostgreSQL' };

export function kindText(target: Target): string {
  const type = target.probe ? ` ${PROBES[target.probe.type] ?? target.probe.type}` : '';
  return t(kinds[target.kind]) + type;
}

// By the word that the server has for the error.
const advice: Record<string, Key> = {
  configuration: 'target.do_configuration',
  timeout: 'target.do_timeout',
  unreachable: 'target.do_unreachable',
  garbage: 'target.do_garbage',
  parse: 'target.do_parse',
  too_large: 'target.do_too_large',
  sample_limit: 'target.do_sample_limit',
  label_limit: 'target.do_label_limit',
  target_limit: 'target.do_target_limit',
  status: 'target.do_status',
  body: 'target.do_body',
  redirect: 'target.do_redirect',
  certificate: 'target.do_certificate',
  denied: 'target.do_denied',
  password: 'target.do_password',
  user: 'target.do_password',
  database: 'target.do_database',
  plain: 'target.do_plain',
  starting: 'target.do_starting',
  full: 'target.do_full',
  refused: 'target.do_refused',
  rcode: 'target.do_rcode',
  answer: 'target.do_answer',
  storage: 'target.do_storage',
};
const byKind: Partial<Record<TargetKind, Key>> = {
  balancer: 'target.do_balancer',
  log: 'target.do_log',
  file: 'target.do_file',
};

/** What somebody does next about it; '' where nothing is wrong. */
export function adviceFor(target: Target): string {
  if (target.error === '') return '';
  return t(advice[target.reason] ?? byKind[target.kind] ?? 'target.do_other');
}

const phases: Record<string, Key> = {
  configuration: 'phase.configuration',
  resolve: 'phase.resolve',
  connect: 'phase.connect',
  tls: 'phase.tls',
  certificate: 'phase.certificate',
  processing: 'phase.processing',
  transfer: 'phase.transfer',
  redirect: 'phase.redirect',
  status: 'phase.status',
  body: 'phase.body',
  request: 'phase.request',
  rcode: 'phase.rcode',
  answer: 'phase.answer',
  ssl_request: 'phase.ssl_request',
  authentication: 'phase.authentication',
  database: 'phase.database',
};

/** A layer of a probe in the reader's language, or as the server calls it. */
export function phaseText(name: string): string {
  const key = phases[name];
  return key ? t(key) : name;
}

const DAY_MS = 86_400_000;
export const daysUntil = (at: string, now: number) => Math.floor((Date.parse(at) - now) / DAY_MS);
