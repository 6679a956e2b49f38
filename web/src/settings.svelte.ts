// What the reader chose for this browser: language, theme, contrast, zone. The
// address wins (a wall display is a bookmark), then the last choice, then the
// browser.
export type Language = 'ja' | 'en';
type Theme = '' | 'light' | 'dark';
type Contrast = '' | 'more';

const query = new URLSearchParams(location.search);

function initial(name: string): string {
  const written = query.get(name);
  if (written !== null) return written;
  try {
    return localStorage.getItem(`hinomi.${name}`) ?? '';
  } catch {
    return ''; // Storage may be switched off; then choices last for this page.
  }
}

function initialLanguage(): Language {
  const chosen = initial('lang') || navigator.language;
  return chosen.startsWith('ja') ? 'ja' : 'en';
}

function oneOf<T extends string>(value: string, allowed: readonly T[], fallback: T): T {
  return (allowed as readonly string[]).includes(value) ? (value as T) : fallback;
}

class Settings {
  language = $state<Language>(initialLanguage());
  theme = $state<Theme>(oneOf(initial('theme'), ['', 'light', 'dark'], ''));
  contrast = $state<Contrast>(oneOf(initial('contrast'), ['', 'more'], ''));
  density = oneOf(initial('density'), ['', 'compact', 'wall'], '');
  /** Times in UTC instead of the server's zone. */
  utc = $state(false);
  /** Single-letter keys; some assistive software needs them off. */
  keys = $state(initial('keys') !== 'off');
}

export const settings = new Settings();

export function remember(name: 'lang' | 'theme' | 'contrast' | 'keys', value: string) {
  try {
    localStorage.setItem(`hinomi.${name}`, value);
  } catch {
    // See initial().
  }
}

const dark = matchMedia('(prefers-color-scheme: dark)');

export function isDark(): boolean {
  return settings.theme === '' ? dark.matches : settings.theme === 'dark';
}

export function toggleTheme() {
  settings.theme = isDark() ? 'light' : 'dark';
  remember('theme', settings.theme);
}

export function toggleContrast() {
  settings.contrast = settings.contrast === 'more' ? '' : 'more';
  remember('contrast', settings.contrast);
}

export function setLanguage(language: Language) {
  settings.language = language;
  remember('lang', language);
}

/** Writes the choices to the root element, where the tokens look for them. */
export function applySettings() {
  const root = document.documentElement;
  root.lang = settings.language;
  const put = (name: string, value: string) => {
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
  };
  put('lang', settings.language);
  put('theme', settings.theme);
  put('contrast', settings.contrast);
  put('density', settings.density);
}
