// Keys of the present screen. A page registers what its keys do; the bar below
// and the help list show the same table.
import { untrack } from 'svelte';
import { places } from '../pages';
import { go } from '../router.svelte';
import { settings } from '../settings.svelte';

export interface KeyAction {
  key: string;
  label: string;
  run: () => void;
}

class Keys {
  /** Of the screen, then of what is opened in it: the last one wins. */
  private layers = $state.raw<KeyAction[][]>([]);
  help = $state(false);
  palette = $state(false);
  get actions(): KeyAction[] {
    return [...new Map(this.layers.flat().map((a) => [a.key, a])).values()];
  }
  add(actions: KeyAction[]) {
    this.layers = [...this.layers, actions];
  }
  remove(actions: KeyAction[]) {
    this.layers = this.layers.filter((layer) => layer !== actions);
  }
}
export const keys = new Keys();

/** Call in an effect: the keys are the component's as long as it is shown. */
export function useKeys(actions: KeyAction[]) {
  untrack(() => keys.add(actions));
  return () => keys.remove(actions);
}

const PREFIX_MS = 1200;
let prefix = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Moves the focus to the next or previous row: what is marked `data-row`. */
function moveRow(by: 1 | -1) {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  rows[to]?.focus();
  rows[to]?.scrollIntoView({ block: 'nearest' });
}

/** To the list that a page of one thing belongs to. */
function up() {
  const [list, name] = location.hash.replace(/^#\//, '').split('/');
  if (name) go(`#/${list}`);
}

const everywhere: Record<string, () => void> = {
  '?': () => (keys.help = true),
  ':': () => (keys.palette = true),
  u: () => (settings.utc = !settings.utc),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  '/': () => document.querySelector<HTMLElement>('main [data-filter]')?.focus(),
  Escape: up,
};

function afterPrefix(key: string): boolean {
  prefix = false;
  clearTimeout(timer);
  const place = places.find((p) => p.key === key);
  if (place) go(place.hash);
  return place !== undefined;
}

/** A field that takes letters. That of a dialog just closed may have the focus a moment longer. */
function typesText(target: HTMLElement): boolean {
  const field = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  return field && !target.closest('dialog:not([open])');
}

function onKey(event: KeyboardEvent) {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    keys.palette = true;
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !settings.keys) return;
  // An editor keeps its field in a shadow root.
  const target = event.composedPath()[0] as HTMLElement;
  // Also where the focus was lost with the button that had it: Esc must close it.
  if (document.querySelector('dialog[open]')) return;
  if (typesText(target)) {
    if (event.key === 'Escape') target.blur();
    return;
  }
  if (prefix) {
    if (afterPrefix(event.key)) event.preventDefault();
    return;
  }
  if (event.key === 'g') {
    prefix = true;
    timer = setTimeout(() => (prefix = false), PREFIX_MS);
    return;
  }
  const action = keys.actions.find((a) => a.key === event.key)?.run ?? everywhere[event.key];
  if (!action) return;
  event.preventDefault(); // So that the letter does not land in a field that opens.
  action();
}

addEventListener('keydown', onKey);
