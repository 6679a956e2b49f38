// What the values of an expression are, by the names in it. Only where it is
// sure: an arithmetic of two metrics has the unit that its author means.
import { tokensOf, type Token } from './tokens';
import { aggregations, functions, modifiers, operators } from './words';

export type Unit = 'seconds' | 'bytes' | 'ratio' | 'count' | 'bytes_rate' | 'rate' | '';

const RATES = ['rate', 'irate', 'deriv', 'idelta'];
const COUNTS = ['count', 'count_over_time', 'changes', 'resets', 'absent', 'group', 'present_over_time'];
/** What these give has nothing to do with the metric's unit. */
const OTHER = ['stdvar', 'stdvar_over_time', 'time', 'timestamp', 'sgn', 'ln', 'log2', 'log10', 'exp', 'sqrt', 'count_values', 'vector', 'scalar', 'quantile_over_time'];

function metricsIn(tokens: Token[]): string[] {
  const words = new Set([...Object.keys(functions), ...Object.keys(aggregations), ...operators, ...modifiers]);
  let braces = 0;
  let grouping = false;
  const out: string[] = [];
  tokens.forEach(({ kind, text }, i) => {
    if (text === '{') braces += 1;
    if (text === '}') braces -= 1;
    if (text === ')') grouping = false;
    if (kind !== 'name' || braces > 0) return;
    if (words.has(text) && (tokens[i + 1]?.text === '(' || operators.includes(text) || modifiers.includes(text))) {
      if (modifiers.includes(text)) grouping = tokens[i + 1]?.text === '(';
      return;
    }
    if (!words.has(text) && !grouping) out.push(text);
  });
  return out;
}

function unitOfName(name: string): Unit {
  if (/_seconds(_sum)?$/.test(name) || /_seconds_total$/.test(name)) return 'seconds';
  if (/_bytes(_sum|_total)?$/.test(name)) return 'bytes';
  if (/_ratio$/.test(name)) return 'ratio';
  if (/_(total|count|bucket)$/.test(name)) return 'count';
  return '';
}

const perSecond: Partial<Record<Unit, Unit>> = { bytes: 'bytes_rate', count: 'rate', seconds: 'ratio' };

export function unitOf(expression: string): Unit {
  const tokens = tokensOf(expression);
  const used = new Set(tokens.filter((t) => t.kind === 'name').map((t) => t.text));
  const calls = (list: string[]) => list.some((name) => used.has(name) && tokens.some((t, i) => t.text === name && (tokens[i + 1]?.text === '(' || used.has('by') || used.has('without'))));
  if (calls(OTHER)) return '';
  if (tokens.some((t) => t.kind === 'sign' && ['*', '/', '%', '^'].includes(t.text))) return '';
  if (calls(COUNTS)) return 'count';
  const metrics = metricsIn(tokens);
  if (used.has('histogram_quantile')) return metrics.every((m) => /_seconds_bucket$/.test(m)) ? 'seconds' : metrics.every((m) => /_bytes_bucket$/.test(m)) ? 'bytes' : '';
  const units = new Set(metrics.map(unitOfName));
  const [unit = ''] = units;
  if (units.size !== 1) return '';
  return calls(RATES) ? (perSecond[unit] ?? '') : unit;
}

/** Whether an axis must show its zero. */
export const fromZero = (unit: Unit) => unit !== '' && unit !== 'seconds';
