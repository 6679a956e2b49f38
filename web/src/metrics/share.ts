// What is shown, as a link that stays the same and as commands.
import type { Grid } from '../plot/grid';
import type { Asked, View } from './asked';

/** A word of a POSIX shell. */
export const shellWord = (text: string) => (/^[A-Za-z0-9_./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);

const utc = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

export interface Shared {
  asked: Asked[];
  view: View;
  from: number;
  to: number;
  grid: Grid;
}

/** Every expression that is shown, one command each. */
export function curlOf({ asked, view, to, grid }: Shared, origin: string): string {
  const parameters = (text: string) => view === 'table'
    ? { query: text, time: utc(to) }
    : { query: text, start: utc(grid.start), end: utc(grid.start + grid.step * (grid.count - 1)), step: `${grid.step}s` };
  const path = view === 'table' ? 'query' : 'query_range';
  return asked.filter((a) => !a.hidden).map(({ text }) => [
    `curl -G -H "Authorization: Bearer $HINOMI_TOKEN" ${shellWord(`${origin}/api/v1/${path}`)}`,
    ...Object.entries(parameters(text)).map(([name, value]) => `--data-urlencode ${shellWord(`${name}=${value}`)}`),
  ].join(' ')).join('\n');
}

export function hinomiOf({ asked, view, to, grid }: Shared): string {
  const when = view === 'table'
    ? `--time ${utc(to)}`
    : `--from ${utc(grid.start)} --to ${utc(grid.start + grid.step * (grid.count - 1))} --step ${grid.step}s`;
  return asked.filter((a) => !a.hidden).map(({ text }) => `hinomi query ${shellWord(text)} ${when}`).join('\n');
}

/** The address with the range as it is now, for others and for later. */
export function linkOf(address: string, from: number, to: number): string {
  const url = new URL(address);
  const [path, query = ''] = url.hash.split('?');
  const choices = new URLSearchParams(query);
  choices.delete('range');
  choices.set('from', utc(from));
  choices.set('to', utc(to));
  url.hash = `${path}?${choices}`;
  // The reader's own language and look stay the reader's.
  url.search = '';
  return url.href;
}
