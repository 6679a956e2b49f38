// The one catalogue of texts, shared with the server.
import catalogue from '../../src/text/catalogue.json';
import { settings } from './settings.svelte';

export type Key = keyof typeof catalogue;
type Forms = string | { one: string; other: string };

type Values = Record<string, string | number>;

function patternOf(key: Key, values: Values): string {
  const forms: Forms = catalogue[key][settings.language];
  if (typeof forms === 'string') return forms;
  return String(values['n']) === '1' ? forms.one : forms.other;
}

/** The text of a key in the reader's language, placeholders filled in. */
export function t(key: Key, values: Values = {}): string {
  return patternOf(key, values).replace(/\{(\w+)\}/g, (whole, name: string) =>
    String(values[name] ?? whole),
  );
}

/** The same in pieces; a person's `name` is to be set in bold. */
export function pieces(key: Key, values: Values): { text: string; bold: boolean }[] {
  return patternOf(key, values)
    .split(/(\{\w+\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      return name
        ? { text: String(values[name] ?? part), bold: name === 'name' }
        : { text: part, bold: false };
    });
}
