// The route is the address after '#': links in mails open GET /, which is the
// one page that may be entered from another site.
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
