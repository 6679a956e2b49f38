// Who has an incident and who is called next, in words.
import type { Contact, Incident, Page, Step } from '../api';
import { deliveryLook, type Look } from '../shell/states';
import { t } from '../text';
import { clock } from '../time.svelte';

/** The document's title of a contact, which is written for people; else its name. */
export const contactText = (contact: Contact): string => contact.title || contact.name;

export const contactsText = (contacts: Contact[]): string =>
  contacts.length > 0 ? contacts.map(contactText).join(t('people.separator')) : t('people.nobody');

/** Who acknowledged or resolved: a contact by a link, or a user by name. */
export const acknowledgedBy = (i: Incident): string => i.acknowledged_by_title || (i.acknowledged_by ?? '');
export const resolvedBy = (i: Incident): string => i.resolved_by_title || (i.resolved_by ?? '');

/** The last page of a level that tells of its state; failures first. */
function pageOf(incident: Incident, level: string): Page | undefined {
  const pages = incident.pages.filter((p) => p.level === level && p.kind === 'page');
  const rank = { delivered: 0, retrying: 1, queued: 2, filed: 3, failed: 4, cancelled: 5 };
  return pages.sort((a, b) => rank[a.state] - rank[b.state])[0];
}

const skipReasons: Record<string, () => string> = {
  nobody_reachable: () => t('ladder.skipped_no_channel'),
  no_channel: () => t('ladder.skipped_no_channel'),
  outside_hours: () => t('ladder.skipped_outside_hours'),
  not_critical: () => t('ladder.skipped_not_critical'),
  resolved: () => t('ladder.skipped_resolved'),
};

/** What became, or will become, of one rung of the ladder. */
export function stepLook(incident: Incident, step: Step): Look {
  if (step.fired_at !== null) {
    const page = pageOf(incident, step.level);
    if (!page) return { tone: 'mute', icon: 'up', word: t('ladder.called', { time: clock(step.fired_at) }) };
    const delivered = page.attempts.find((a) => a.outcome === 'delivered');
    const look = deliveryLook(page.state);
    if (!delivered || page.state !== 'delivered') return look;
    const at = clock(delivered.at);
    const word = t('ladder.delivered', { time: at });
    return { ...look, word };
  }
  if (step.skipped_reason !== null) {
    const words = skipReasons[step.skipped_reason];
    return {
      tone: 'mute',
      icon: 'skip',
      word: words ? words() : t('ladder.skipped', { reason: step.skipped_reason }),
    };
  }
  if (incident.state === 'resolved')
    return { tone: 'mute', icon: 'skip', word: t('ladder.skipped_resolved') };
  return { tone: 'mute', icon: 'todo', word: t('ladder.planned') };
}
