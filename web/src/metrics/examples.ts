// Three expressions over the server's own metrics that give something right
// now: what one learns from when nothing was asked yet.
import { queryInstant } from './api';
import { knownMetadata, knownMetrics } from './complete';

export type Kind = 'gauge' | 'rate' | 'quantile' | 'largest';
export interface Example {
  kind: Kind;
  text: string;
}

/** Tried in this order before any other. */
const KNOWN: Record<'gauge' | 'counter' | 'histogram', string[]> = {
  gauge: ['node_load1', 'up', 'process_resident_memory_bytes'],
  counter: ['http_requests_total', 'node_cpu_seconds_total', 'hinomi_http_requests_total', 'process_cpu_seconds_total'],
  histogram: ['http_request_duration_seconds_bucket', 'hinomi_http_request_duration_seconds_bucket'],
};
const TRIES = 3;

async function candidates(): Promise<Example[][]> {
  const names = await knownMetrics();
  const types = await knownMetadata().catch(() => new Map<string, { type: string }>());
  const first = (known: string[], fits: (name: string) => boolean) =>
    [...new Set([...known.filter((name) => names.includes(name)), ...names.filter(fits)])].slice(0, TRIES);
  const isPart = (name: string) => /_(total|bucket|count|sum|created|info)$/.test(name);
  return [
    first(KNOWN.gauge, (n) => types.get(n)?.type === 'gauge' || !isPart(n)).map((n) => ({ kind: 'gauge', text: n })),
    first(KNOWN.counter, (n) => n.endsWith('_total')).map((n) => ({ kind: 'rate', text: `rate(${n}[5m])` })),
    [
      ...first(KNOWN.histogram, (n) => n.endsWith('_bucket')).map((n): Example => ({ kind: 'quantile', text: `histogram_quantile(0.99, sum by (le) (rate(${n}[5m])))` })),
      { kind: 'largest', text: 'topk(5, count by (__name__) ({__name__!=""}))' },
    ],
  ];
}

/** Errors: those of the API. */
export async function examples(at: number, signal: AbortSignal): Promise<Example[]> {
  const givesSomething = async ({ text }: Example) => {
    const found = await queryInstant(text, at, signal, 1).catch(() => null); // Too large a store for this one.
    return found?.rows.some((row) => !Number.isNaN(row.value)) ?? false;
  };
  const firstOf = async (choices: Example[]) => {
    for (const choice of choices) if (await givesSomething(choice)) return choice;
    return null;
  };
  return (await Promise.all((await candidates()).map(firstOf))).filter((found) => found !== null);
}
