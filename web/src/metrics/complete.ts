// What the server offers for a place of an expression.
import { labelNames, labelValues, metadata, metricNames, type About } from './api';
import type { Context } from './context';
import { escaped } from './tokens';
import { aggregations, functions, modifiers, operators } from './words';

export interface Offer {
  label: string;
  kind: 'metric' | 'function' | 'aggregation' | 'word' | 'label' | 'value';
  /** Beside the label: the type, the arguments. */
  detail?: string;
  /** Below it: the help. */
  about?: string;
  /** What is written instead of the label. */
  apply?: string;
  /** Where the caret goes, counted back from the end of what is written. */
  back?: number;
}

const FRESH_MS = 60_000;

/** Answers of the last minute; a failed one is asked again. */
class Remembered<T> {
  private readonly known = new Map<string, { at: number; answer: Promise<T> }>();
  get(key: string, fetchIt: () => Promise<T>): Promise<T> {
    const before = this.known.get(key);
    if (before && performance.now() - before.at < FRESH_MS) return before.answer;
    const answer = fetchIt();
    this.known.set(key, { at: performance.now(), answer });
    answer.catch(() => this.known.delete(key));
    return answer;
  }
}

const lists = new Remembered<string[]>();
const abouts = new Remembered<Map<string, About>>();
const never = new AbortController().signal;

export const knownMetrics = () => lists.get('metrics', () => metricNames(never));
export const knownMetadata = () => abouts.get('', () => metadata(never));

/** Parts of histograms and summaries have the metadata of their whole. */
export function aboutOf(name: string, known: Map<string, About>): About | undefined {
  return known.get(name) ?? known.get(name.replace(/_(bucket|count|sum|total)$/, ''));
}

const call = (kind: 'function' | 'aggregation', words: Record<string, string>): Offer[] =>
  Object.entries(words).map(([label, args]) => ({
    label,
    kind,
    detail: `(${args})`,
    apply: `${label}()`,
    back: args ? 1 : 0,
  }));
const word = (label: string): Offer => ({ label, kind: 'word' });
const OPERANDS = [...call('aggregation', aggregations), ...call('function', functions)];
const OPERATORS = [...operators, ...modifiers].map(word);
const DURATIONS = ['1m', '5m', '15m', '1h', '6h', '1d', '1w'].map(word);

async function metrics(): Promise<Offer[]> {
  const [names, known] = await Promise.all([knownMetrics(), knownMetadata().catch(() => new Map<string, About>())]);
  return names.map((label) => {
    const about = aboutOf(label, known);
    return { label, kind: 'metric', detail: about?.type ?? '', about: about?.help ?? '' };
  });
}

export async function offersFor(context: Context): Promise<Offer[]> {
  switch (context.kind) {
    case 'operand':
      return [...OPERANDS, ...(await metrics().catch(() => []))];
    case 'operator':
      return OPERATORS;
    case 'duration':
      return DURATIONS;
    case 'label': {
      const { metric } = context;
      const found = await lists.get(`labels ${metric}`, () => labelNames(metric, never));
      return found.filter((name) => name !== '__name__').map((label) => ({ label, kind: 'label' }));
    }
    case 'value': {
      const { label, metric, quote, regex } = context;
      const found = await lists.get(`values ${label} ${metric}`, () => labelValues(label, metric, never));
      const edge = quote === '' ? '"' : '';
      const literal = (value: string) => (regex ? value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : value);
      return found.map((value) => ({ label: value, kind: 'value', apply: edge + escaped(literal(value), quote || '"') + edge }));
    }
    case 'none':
      return [];
  }
}
