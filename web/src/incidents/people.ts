// Who has an incident and who is called next, in words.
import type { Contact, Incident, Page, Step } from '../api';
import { deliveryLook, type Look } from '../shell/states';
import { t } from '../text';
import { clock } from '../time.svelte';

export function contactText(contact: Contact): string {
  if (!contact.title) return contact.name;
  return t('people.with_title', { name: contact.name, title: contact.title });
}

export function contactsText(contacts: Contact[]): string {
  return contacts.length > 0 ? contacts.map(contactText).join(t('people.separator')) : t('people.nobody');
}

export const namesText = (contacts: Contact[]): string =>
  contacts.length > 0 ? contacts.map((c) => c.name).join(t('people.separator')) : t('people.nobody');

/** The last page of a level that tells of its state; failures first. */
function pageOf(incident: Incident, level: string): Page | undefined {
  const pages = incident.pages.filter((p) => p.level === level && p.kind === 'page');
  const rank = { delivered: 0, sending: 1, retrying: 2, queued: 3, failed: 4 };
  return pages.sort((a, b) => rank[a.state] - rank[b.state])[0];
}

const skipReasons: Record<string, () => string> = {
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
    if (!delivered) return look;
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
