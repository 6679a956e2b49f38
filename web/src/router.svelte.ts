// The route is the address after '#'. Links in mails and chats are paths
// (/incidents/INC-1), which survive programs that cut a '#' off; the server
// answers them with the page, and the page moves the path behind the '#'.
export interface Route {
  page: 'now' | 'alarms' | 'alarm' | 'incidents' | 'incident' | 'journal';
  name: string;
}

function parse(hash: string): Route {
  const [first = '', second = ''] = hash.replace(/^#?\/?/, '').split('?')[0]!.split('/');
  let name = '';
  try {
    name = decodeURIComponent(second);
  } catch {
    // A mangled link shows the list.
  }
  if (first === 'incidents') return { page: name ? 'incident' : 'incidents', name };
  if (first === 'alarms') return { page: name ? 'alarm' : 'alarms', name };
  if (first === 'journal') return { page: 'journal', name: '' };
  return { page: 'now', name: '' };
}

if (location.pathname !== '/' && location.hash === '') {
  history.replaceState(null, '', `/${location.search}#${location.pathname}`);
}

class Router {
  route = $state<Route>(parse(location.hash));
}

export const router = new Router();

addEventListener('hashchange', () => {
  router.route = parse(location.hash);
  // A new page begins at its top, also for a screen reader.
  document.getElementById('main')?.focus({ preventScroll: true });
  document.getElementById('main')?.scrollTo(0, 0);
});

export const incidentHref = (id: string) => `#/incidents/${encodeURIComponent(id)}`;
export const alarmHref = (name: string) => `#/alarms/${encodeURIComponent(name)}`;
export function go(hash: string) {
  location.hash = hash;
}
