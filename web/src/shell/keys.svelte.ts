// Keys of the present screen. A page registers what its keys do; the bar below
// and the help list show the same table.
import { go } from '../router.svelte';
import { settings } from '../settings.svelte';

export interface KeyAction {
  key: string;
  label: string;
  run: () => void;
}

class Keys {
  actions = $state.raw<KeyAction[]>([]);
  help = $state(false);
}
export const keys = new Keys();

/** Call in an effect: the keys are the page's as long as it is shown. */
export function useKeys(actions: KeyAction[]) {
  keys.actions = actions;
  return () => {
    if (keys.actions === actions) keys.actions = [];
  };
}

const places: Record<string, string> = {
  n: '#/',
  a: '#/alarms',
  i: '#/incidents',
  j: '#/journal',
};
const PREFIX_MS = 1200;
let prefix = false;
let timer: ReturnType<typeof setTimeout> | undefined;

function onKey(event: KeyboardEvent) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!settings.keys) return;
  const target = event.target as HTMLElement;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('dialog')) return;
  if (prefix) {
    prefix = false;
    clearTimeout(timer);
    const place = places[event.key];
    if (place) {
      event.preventDefault();
      go(place);
    }
    return;
  }
  if (event.key === 'g') {
    prefix = true;
    timer = setTimeout(() => (prefix = false), PREFIX_MS);
  } else if (event.key === '?') {
    keys.help = true;
  } else if (event.key === 'u') {
    settings.utc = !settings.utc;
  } else {
    const action = keys.actions.find((a) => a.key === event.key);
    if (!action) return;
    event.preventDefault(); // So that the letter does not land in a field that opens.
    action.run();
  }
}

addEventListener('keydown', onKey);
