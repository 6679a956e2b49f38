// What is asked, as it stands in the address: `a=…&b=…` are the expressions.
export const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
export type Letter = (typeof LETTERS)[number];

export interface Asked {
  letter: Letter;
  text: string;
  hidden: boolean;
}

export type View = 'plot' | 'table';

export interface Question {
  asked: Asked[];
  view: View;
  /** Seconds between points; 0 is by the width. */
  step: number;
  /** Seconds by which an earlier time is laid under; 0 is none. */
  compare: number;
  /** Marks of the series that are not drawn, or of the only one that is. */
  off: Set<string>;
  only: string;
}

export const STEPS = ['1s', '5s', '15s', '30s', '1m', '5m', '15m', '1h', '6h', '1d'];
export const COMPARED: Readonly<Record<string, number>> = Object.assign(Object.create(null), { '1d': 86_400, '1w': 604_800 });

export function questionIn(query: URLSearchParams, secondsOf: (text: string) => number | null): Question {
  const hidden = new Set((query.get('hide') ?? '').split(','));
  const asked = LETTERS.flatMap((letter) => {
    const text = query.get(letter);
    return text === null ? [] : [{ letter, text, hidden: hidden.has(letter) }];
  });
  const step = query.get('step') ?? '';
  const compare = query.get('compare') ?? '';
  return {
    asked,
    view: query.get('view') === 'table' ? 'table' : 'plot',
    step: /^[1-9]\d*s$/.test(step) ? Number.parseInt(step, 10) : (secondsOf(step) ?? 0),
    compare: COMPARED[compare] ?? 0,
    off: new Set((query.get('off') ?? '').split(',').filter(Boolean)),
    only: query.get('only') ?? '',
  };
}

/** A short mark of a series that says the same in every browser (FNV-1a). */
export function markOf(letter: string, labels: Record<string, string>): string {
  let hash = 0x811c9dc5;
  const text = `${letter} ${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** `up{job="x"}`: a series by name, as PromQL finds it again. */
export function seriesName(labels: Record<string, string>): string {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length > 0 ? `${name}{${pairs.join(', ')}}` : name || '{}';
}
