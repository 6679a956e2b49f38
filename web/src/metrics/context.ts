// What can be written at a place of an expression.
import { tokensOf, unquoted, type Token } from './tokens';

export type Context =
  /** A metric, function, aggregation. */
  | { kind: 'operand'; from: number }
  /** After an operand: an operator or a modifier. */
  | { kind: 'operator'; from: number }
  /** A label of the series of `metric` ("" is any). */
  | { kind: 'label'; from: number; metric: string }
  /** The value of a label, between quotes; `quote` is "" where none stands yet. */
  | { kind: 'value'; from: number; metric: string; label: string; quote: string; regex: boolean }
  | { kind: 'duration'; from: number }
  | { kind: 'none'; from: number };

const GROUPING = ['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'];
const MATCHES = ['=', '!=', '=~', '!~'];

/** The token that opened the bracket around the end of `tokens`, by its place. */
function opener(tokens: Token[]): number {
  let depth = 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    const { kind, text } = tokens[i]!;
    if (kind !== 'sign') continue;
    if (')]}'.includes(text)) depth += 1;
    else if ('([{'.includes(text) && depth-- === 0) return i;
  }
  return -1;
}

/** The metric that a place within the braces at `brace` selects. */
function metricAt(tokens: Token[], brace: number): string {
  const before = tokens[brace - 1];
  return before?.kind === 'name' ? before.text : '';
}

/** A metric within the parentheses before or after a grouping, to know its labels. */
function metricNear(tokens: Token[], all: Token[]): string {
  const names = all.filter((token, i) => token.kind === 'name' && all[i + 1]?.text !== '(' && !GROUPING.includes(token.text) && !MATCHES.includes(all[i + 1]?.text ?? ''));
  const at = tokens.at(-1)?.to ?? 0;
  const known = names.filter((name) => /[_:]/.test(name.text) || all[all.indexOf(name) + 1]?.text === '{' || all[all.indexOf(name) + 1]?.text === '[');
  return (known.find((name) => name.from > at) ?? known.at(-1))?.text ?? '';
}

export function contextAt(text: string, position: number): Context {
  const all = tokensOf(text);
  const before = all.filter((token) => token.from < position);
  const last = before.at(-1);
  if (last?.kind === 'comment' && position <= last.to) return { kind: 'none', from: position };
  // The word that is being written does not count as context.
  const inString = last?.kind === 'string' && (last.open ? true : position < last.to);
  const writing = last && !inString && position <= last.to && (last.kind === 'name' || last.kind === 'number');
  const context = writing || inString ? before.slice(0, -1) : before;
  const from = writing ? last.from : position;
  const at = opener(context);
  const bracket = context[at]?.text ?? '';
  const previous = context.at(-1);

  if (bracket === '{') {
    const metric = metricAt(context, at);
    if (previous && MATCHES.includes(previous.text)) {
      const label = context.at(-2);
      if (!label) return { kind: 'none', from };
      const name = label.kind === 'string' ? unquoted(label.text) : label.text;
      const value = { kind: 'value', metric, label: name, regex: previous.text.includes('~') } as const;
      return inString ? { ...value, from: last.from + 1, quote: last.text[0]! } : { ...value, from, quote: '' };
    }
    if (inString) return { kind: 'none', from };
    return previous?.text === '{' || previous?.text === ',' ? { kind: 'label', from, metric } : { kind: 'none', from };
  }
  if (inString) return { kind: 'none', from };
  if (bracket === '[' || previous?.text === 'offset') return { kind: 'duration', from };
  if (writing && last.kind === 'number') return { kind: 'none', from };
  if (bracket === '(' && GROUPING.includes(context[at - 1]?.text ?? '')) {
    return { kind: 'label', from, metric: metricNear(context, all) };
  }
  return { kind: endsOperand(previous, context) ? 'operator' : 'operand', from };
}

const WORD_OPERATORS = ['and', 'or', 'unless', 'atan2', 'bool', ...GROUPING];

function endsOperand(previous: Token | undefined, context: Token[]): boolean {
  if (!previous) return false;
  if (previous.kind === 'name') return !WORD_OPERATORS.includes(previous.text);
  if (previous.kind === 'number' || previous.kind === 'string') return true;
  if (previous.text === ']' || previous.text === '}') return true;
  // After `sum by (job)` the operand is still to come.
  if (previous.text !== ')') return false;
  const open = opener(context.slice(0, -1));
  return !GROUPING.includes(context[open - 1]?.text ?? '');
}
