// Prometheus' HTTP API as the explorer uses it. Its sentences are English; the
// page says around them what they are about.
import { ApiError } from '../api';
import { refresh } from '../live.svelte';
import type { Grid } from '../plot/grid';
import { MatrixReader, type Answer, type Labels } from './matrix';

const API = '/api/v1';
/** The main thread reads a big answer in slices, so that no frame waits for it. */
const SLICE_MS = 8;
const SLICE_BYTES = 32 * 1024;
/** Points of one answer at most: 16 MB. The server cuts what is beyond and says so. */
export const MOST_POINTS = 2_000_000;

export interface Instant {
  labels: Labels;
  value: number;
}
export interface InstantAnswer {
  /** Of a scalar or a string: one without labels. */
  rows: Instant[];
  warnings: string[];
  infos: string[];
}

type Parameters = Record<string, string | number | undefined>;

async function ask(path: string, parameters: Parameters, signal: AbortSignal): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  let response: Response;
  try {
    response = await fetch(`${API}/${path}?${query}`, { signal, headers: { Accept: 'application/json' }, cache: 'no-store' });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, 'unreachable', '');
  }
  if (response.ok) return response;
  if (response.status === 401) void refresh(); // It shows the sign-in.
  const answer = (await response.json().catch(() => null)) as { errorType?: string; error?: string | { message?: string } } | null;
  const said = typeof answer?.error === 'string' ? answer.error : answer?.error?.message;
  throw new ApiError(response.status, answer?.errorType ?? '', said ?? response.statusText);
}

const breath = () => new Promise((resolve) => setTimeout(resolve));

/** Every series over the grid. Errors: ApiError; AbortError when overtaken. */
export async function queryRange(expression: string, grid: Grid, signal: AbortSignal): Promise<Answer> {
  const response = await ask(
    'query_range',
    {
      query: expression,
      start: grid.start,
      end: grid.start + grid.step * (grid.count - 1),
      step: grid.step,
      limit: Math.max(1, Math.floor(MOST_POINTS / grid.count)),
    },
    signal,
  );
  const reader = response.body!.getReader();
  const matrix = new MatrixReader(grid);
  let rested = performance.now();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return matrix.end();
    for (let at = 0; at < value.length; at += SLICE_BYTES) {
      matrix.push(value.subarray(at, at + SLICE_BYTES));
      if (performance.now() - rested < SLICE_MS) continue;
      await breath();
      signal.throwIfAborted();
      rested = performance.now();
    }
  }
}

type Point = [number, string];
interface Data {
  data: { resultType: string; result: Point | { metric: Labels; value: Point }[] };
  warnings?: string[];
  infos?: string[];
}

const numberIn = ([, text]: Point) => Number(text.replace('Inf', 'Infinity'));

export async function queryInstant(expression: string, at: number, signal: AbortSignal, limit = 50_000): Promise<InstantAnswer> {
  const response = await ask('query', { query: expression, time: at, limit }, signal);
  const { data, warnings = [], infos = [] } = (await response.json()) as Data;
  const rows = data.resultType === 'vector'
    ? (data.result as { metric: Labels; value: Point }[]).map(({ metric, value }) => ({ labels: metric, value: numberIn(value) }))
    : data.resultType === 'scalar' ? [{ labels: {}, value: numberIn(data.result as Point) }] : [];
  return { rows, warnings, infos };
}

async function names(path: string, parameters: Parameters, signal: AbortSignal): Promise<string[]> {
  return ((await (await ask(path, parameters, signal)).json()) as { data: string[] }).data;
}

const NAMES = 20_000;
export const metricNames = (signal: AbortSignal) => names('label/__name__/values', { limit: NAMES }, signal);
/** Of the series that `selector` finds; of all where it is "". */
export const labelNames = (selector: string, signal: AbortSignal) =>
  names('labels', { 'match[]': selector || undefined, limit: NAMES }, signal);
export const labelValues = (label: string, selector: string, signal: AbortSignal) =>
  names(`label/${encodeURIComponent(label)}/values`, { 'match[]': selector || undefined, limit: 2000 }, signal);

export interface About {
  type: string;
  help: string;
}
export async function metadata(signal: AbortSignal): Promise<Map<string, About>> {
  const answer = (await (await ask('metadata', {}, signal)).json()) as { data: Record<string, About[]> };
  return new Map(Object.entries(answer.data).flatMap(([name, [first]]) => (first ? [[name, first]] : [])));
}
