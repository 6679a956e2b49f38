// The fixed vocabulary of states: which word, icon and colour each one has.
import type { Alarm, Incident, PageState, Severity } from '../api';
import { t, type Key } from '../text';
import type { IconName } from './icons';

export type Tone = 'crit' | 'warn' | 'ok' | 'run' | 'mute' | 'maint';
export interface Look {
  tone: Tone;
  icon: IconName;
  word: string;
  /** Filled outline: only what demands a person now. */
  solid?: boolean;
}

const severities: Record<Severity, { tone: Tone; icon: IconName; key: Key; solid?: boolean }> = {
  critical: { tone: 'crit', icon: 'crit', key: 'severity.critical', solid: true },
  error: { tone: 'crit', icon: 'alert', key: 'severity.error', solid: true },
  warning: { tone: 'warn', icon: 'warn', key: 'severity.warning' },
  info: { tone: 'mute', icon: 'info', key: 'severity.info' },
};

export function severityLook(severity: Severity): Look {
  const { key, ...look } = severities[severity] ?? severities.error;
  return { ...look, word: t(key) };
}

/** A label on its own ground, or on a soft one where it wakes nobody. */
export const severityGround = (severity: Severity): 'fill' | 'soft' =>
  severity === 'critical' || severity === 'error' ? 'fill' : 'soft';

export function alarmLook(alarm: Pick<Alarm, 'state' | 'severity'>): Look {
  if (alarm.state === 'OK') return { tone: 'ok', icon: 'ok', word: t('alarm.ok') };
  if (alarm.state === 'INSUFFICIENT_DATA')
    return { tone: 'mute', icon: 'nodata', word: t('alarm.no_data') };
  if (alarm.severity === 'warning' || alarm.severity === 'info')
    return { tone: 'warn', icon: 'warn', word: t('severity.warning') };
  return { tone: 'crit', icon: 'alert', word: t('alarm.firing'), solid: true };
}

export function incidentLook(incident: Pick<Incident, 'state'>): Look {
  if (incident.state === 'resolved')
    return { tone: 'ok', icon: 'done', word: t('incident.resolved') };
  if (incident.state === 'acknowledged')
    return { tone: 'run', icon: 'user', word: t('incident.in_hand') };
  return { tone: 'crit', icon: 'bell', word: t('incident.unacknowledged') };
}

const deliveries: Record<PageState, { tone: Tone; icon: IconName; key: Key }> = {
  queued: { tone: 'mute', icon: 'todo', key: 'delivery.queued' },
  delivered: { tone: 'ok', icon: 'deliv', key: 'delivery.delivered' },
  filed: { tone: 'warn', icon: 'fail', key: 'delivery.filed' },
  retrying: { tone: 'warn', icon: 'fail', key: 'delivery.retrying' },
  failed: { tone: 'crit', icon: 'xbox', key: 'delivery.failed' },
  cancelled: { tone: 'mute', icon: 'skip', key: 'delivery.cancelled' },
};

export function deliveryLook(state: PageState): Look {
  const { key, ...look } = deliveries[state] ?? deliveries.queued;
  return { ...look, word: t(key) };
}

/** Icon and colour of a journal entry, by its type. */
const entries: [RegExp, IconName, Tone | ''][] = [
  [/^incident\.opened/, 'bell', 'crit'],
  [/^incident\.acknowledged/, 'user', 'run'],
  [/^incident\.resolved/, 'done', 'ok'],
  [/^incident\.noted/, 'note', ''],
  [/^alarm\./, 'plot', ''],
  [/^escalation\.(step_)?fired/, 'up', 'warn'],
  [/^page\.dead/, 'xbox', 'crit'],
  [/^page\.suppressed/, 'skip', 'mute'],
  [/^page\.queued/, 'mail', ''],
  [/^page\./, 'sent', ''],
  [/^ops\./, 'cfg', ''],
  [/^service\.scaled/, 'up', 'run'],
  [/^service\.scale_attempted/, 'done', ''],
  [/^service\.scaling_declined/, 'hold', 'mute'],
  [/^service\./, 'box', ''],
];

export function entryLook(type: string): { icon: IconName; tone: Tone | '' } {
  const found = entries.find(([pattern]) => pattern.test(type));
  return found ? { icon: found[1], tone: found[2] } : { icon: 'info', tone: '' };
}
