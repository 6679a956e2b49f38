// What one can jump to or do from here, found by words.
import { findAlarms } from '../api';
import { live } from '../live.svelte';
import { places } from '../pages';
import { alarmHref, go, incidentHref, serviceHref } from '../router.svelte';
import { getServices } from '../services/api';
import { isDark, setLanguage, settings, toggleContrast, toggleTheme } from '../settings.svelte';
import { t } from '../text';
import type { IconName } from './icons';
import { keys } from './keys.svelte';

export interface Choice {
  icon: IconName;
  word: string;
  /** What kind of thing it is, or its key. */
  hint: string;
  run: () => void;
}

/** Full-width letters and case make no difference. */
const fold = (text: string) => text.normalize('NFKC').toLowerCase();

function matches(choice: Choice, wanted: string[]): boolean {
  const text = fold(`${choice.word} ${choice.hint}`);
  return wanted.every((word) => text.includes(word));
}

function actions(): Choice[] {
  return keys.actions.map((a) => ({ icon: 'run', word: a.label, hint: a.key, run: a.run }));
}

function screens(): Choice[] {
  return places.map((place) => ({
    icon: place.icon,
    word: t(place.word),
    hint: `g ${place.key}`,
    run: () => go(place.hash),
  }));
}

function incidents(): Choice[] {
  const known = [...(live.now?.incidents ?? []), ...(live.now?.resolved ?? [])];
  return known.map((incident) => ({
    icon: 'bell',
    word: `${incident.id} ${incident.title}`,
    hint: t('nav.incidents'),
    run: () => go(incidentHref(incident.id)),
  }));
}

function looks(): Choice[] {
  const other = settings.language === 'ja' ? 'en' : 'ja';
  return [
    { icon: 'cfg', word: other === 'en' ? 'English' : '日本語', hint: t('palette.look'), run: () => setLanguage(other) },
    { icon: 'moon', word: isDark() ? t('palette.light') : t('shell.dark'), hint: t('palette.look'), run: toggleTheme },
    { icon: 'half', word: t('shell.contrast'), hint: t('palette.look'), run: toggleContrast },
    { icon: 'clock', word: t('key.utc'), hint: 'u', run: () => (settings.utc = !settings.utc) },
    { icon: 'info', word: t('key.help'), hint: '?', run: () => (keys.help = true) },
    { icon: 'file', word: t('help.guide'), hint: '/docs', run: () => void open(`/docs/${settings.language}/`, '_blank', 'noopener') },
  ];
}

/** Alarms may be thousands: the server looks for them. */
async function alarms(text: string): Promise<Choice[]> {
  const found = await findAlarms(text, 8).catch(() => []); // The rest of the list still serves.
  return found.map((alarm) => ({
    icon: 'plot',
    word: alarm.name,
    hint: t('nav.alarms'),
    run: () => go(alarmHref(alarm.name)),
  }));
}

async function services(wanted: string[]): Promise<Choice[]> {
  const found = await getServices().catch(() => null); // A server that runs none says 404.
  const all = (found?.services ?? []).map(({ name }): Choice => ({
    icon: 'box',
    word: name,
    hint: t('nav.services'),
    run: () => go(serviceHref(name)),
  }));
  return all.filter((choice) => matches(choice, wanted));
}

/** What is known at once; `more` adds what has to be asked for. */
export function choicesFor(text: string): { now: Choice[]; more: Promise<Choice[]> } {
  const wanted = fold(text).split(/\s+/).filter(Boolean);
  const all = [...actions(), ...screens(), ...incidents(), ...looks()];
  return {
    now: all.filter((choice) => matches(choice, wanted)),
    more: wanted.length === 0 ? Promise.resolve([]) : Promise.all([services(wanted), alarms(text.trim())]).then((found) => found.flat()),
  };
}
