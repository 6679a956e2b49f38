// Every screen once: its address, word, key and icon. The rail, the tabs, the
// keys and the palette read this table; shell/Screen.svelte has their code.
import type { Page } from './router.svelte';
import type { IconName } from './shell/icons';
import type { Key } from './text';

export interface Place {
  /** The first one is the list; the others are pages of one of its things. */
  pages: [Page, ...Page[]];
  hash: string;
  word: Key;
  /** After `g`. */
  key: string;
  icon: IconName;
}

export const groups: { title: Key; places: Place[] }[] = [
  {
    title: 'nav.watch',
    places: [
      { pages: ['now'], hash: '#/', word: 'nav.now', key: 'n', icon: 'now' },
      { pages: ['alarms', 'alarm'], hash: '#/alarms', word: 'nav.alarms', key: 'a', icon: 'plot' },
      { pages: ['metrics'], hash: '#/metrics', word: 'nav.metrics', key: 'm', icon: 'plot' },
      { pages: ['targets', 'target'], hash: '#/targets', word: 'nav.targets', key: 'w', icon: 'eye' },
    ],
  },
  {
    title: 'nav.respond',
    places: [
      { pages: ['incidents', 'incident'], hash: '#/incidents', word: 'nav.incidents', key: 'i', icon: 'bell' },
    ],
  },
  {
    title: 'nav.change',
    places: [
      { pages: ['services', 'service'], hash: '#/services', word: 'nav.services', key: 's', icon: 'box' },
    ],
  },
  {
    title: 'nav.account',
    places: [
      { pages: ['journal'], hash: '#/journal', word: 'nav.journal', key: 'j', icon: 'file' },
      { pages: ['settings'], hash: '#/settings', word: 'nav.settings', key: 'c', icon: 'cfg' },
    ],
  },
];

export const places: Place[] = groups.flatMap((group) => group.places);

export const placeOf = (page: Page): Place =>
  places.find((place) => place.pages.includes(page)) ?? places[0]!;
