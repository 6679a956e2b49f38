// The route is the address after '#': a page, a name, and what the reader chose
// there, so that every state is a link. Links in mails and chats are paths
// (/incidents/INC-1), which survive programs that cut a '#' off; the server
// answers them with the page, and the page moves the path behind the '#'.
import { tick } from 'svelte';

const singles = {
  alarms: 'alarm',
  incidents: 'incident',
  services: 'service',
  targets: 'target',
} as const;
const lists = ['alarms', 'incidents', 'journal', 'metrics', 'services', 'settings', 'targets'] as const;
type List = (typeof lists)[number];
export type Page = 'now' | List | (typeof singles)[keyof typeof singles];

export interface Route {
  page: Page;
  /** Of the alarm, incident, service or target; "" on other pages. */
  name: string;
  /** Further parts of the path. */
  rest: string[];
  /** What the reader chose on the page: range, filter, expression. */
  query: URLSearchParams;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return ''; // A mangled link shows the list.
  }
}

export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const [first = '', name = '', ...rest] = path.split('/').map(decode);
  const route = { name, rest, query: new URLSearchParams(query) };
  const list = lists.find((l) => l === first);
  if (!list) return { ...route, page: 'now', name: '' };
  if (name && list in singles) return { ...route, page: singles[list as keyof typeof singles] };
  return { ...route, page: list, name: '', rest: name ? [name, ...rest] : [] };
}

if (location.pathname !== '/' && location.hash === '') {
  history.replaceState(null, '', `/${location.search}#${location.pathname}`);
}

class Router {
  route = $state.raw<Route>(parse(location.hash));
}

export const router = new Router();

/** What stands behind the name of one thing is a screen of its own; on lists it is a choice. */
const screenOf = ({ page, name, rest }: Route) => [page, name, ...(name ? rest : [])].join('/');

const main = () => document.getElementById('main');

addEventListener('hashchange', () => {
  const before = router.route;
  router.route = parse(location.hash);
  if (screenOf(before) === screenOf(router.route)) return;
  const kept = (history.state as { scroll?: number } | null)?.scroll ?? 0;
  void tick().then(() => {
    // A new page begins at its top, also for a screen reader; one that the
    // reader comes back to where it was left.
    main()?.focus({ preventScroll: true });
    scrollBack(kept);
  });
});

/** Pages that fetch grow after they are shown: the place is tried for a second. */
function scrollBack(top: number, tries = 60) {
  const element = main();
  element?.scrollTo(0, top);
  if (!element || tries === 0 || element.scrollTop >= top - 1) return;
  requestAnimationFrame(() => scrollBack(top, tries - 1));
}

/** Remembers with the entry of the history how far the page is scrolled. */
export function keepScroll(top: number) {
  history.replaceState({ ...(history.state as object | null), scroll: top }, '');
}

const href = (list: string) => (name: string) => `#/${list}/${encodeURIComponent(name)}`;
export const incidentHref = href('incidents');
export const alarmHref = href('alarms');
export const backtestHref = (name: string) => `${alarmHref(name)}/backtest`;
export const serviceHref = href('services');
export const targetHref = href('targets');
export const taskHref = (service: string, task: string) => `${serviceHref(service)}/tasks/${encodeURIComponent(task)}`;
export function go(hash: string) {
  location.hash = hash;
}

/** The address of this page with other choices; null takes one out. */
export function hrefWith(choices: Record<string, string | null>): string {
  const query = new URLSearchParams(router.route.query);
  for (const [name, value] of Object.entries(choices)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const path = location.hash.split('?')[0] || '#/';
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Writes choices into the address. Typing replaces the entry of the history,
 * so that Back leaves the page; a step that one may want back is `push`ed. */
export function choose(choices: Record<string, string | null>, push = false) {
  const to = hrefWith(choices);
  if (to === (location.hash || '#/')) return;
  if (push) {
    location.hash = to;
    return;
  }
  history.replaceState(history.state, '', to);
  router.route = parse(location.hash);
}
