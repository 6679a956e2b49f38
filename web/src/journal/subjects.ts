// Where the thing that an event is about is shown.
import { alarmHref, incidentHref, serviceHref } from '../router.svelte';

/** "" where it has no screen of its own. */
export function subjectHref(subject: string): string {
  const [kind, ...rest] = subject.split(':');
  const name = rest.join(':');
  if (!name) return '';
  if (kind === 'incident') return incidentHref(name);
  if (kind === 'alarm') return alarmHref(name);
  if (kind === 'service') return serviceHref(name);
  return '';
}

export const eventHref = (sequence: number) => `#/journal?at=${sequence}`;
