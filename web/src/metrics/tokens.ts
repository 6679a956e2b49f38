// PromQL cut into words: enough to colour an expression and to see what can be
// written at a place. The server is the judge of what is right.
export type Kind = 'name' | 'string' | 'number' | 'comment' | 'sign';

export interface Token {
  kind: Kind;
  text: string;
  from: number;
  to: number;
  /** A string without its end. */
  open?: boolean;
}

const PATTERN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    '(?<comment>#[^\\n]*)',
    // With the escapes of its quote; the end may be missing while one types.
    String.raw`(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|` + '`[^`]*`?)',
    String.raw`(?<number>(?:0x[0-9a-fA-F]+|(?:\d+(?:ms|[smhdwy]))+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))`,
    String.raw`(?<name>[A-Za-z_:][A-Za-z0-9_:]*)`,
    String.raw`(?<sign>=~|!~|!=|==|>=|<=|[^\s])`,
  ].join('|'),
  'y',
);

export function tokensOf(text: string): Token[] {
  const out: Token[] = [];
  PATTERN.lastIndex = 0;
  for (let found = PATTERN.exec(text); found; found = PATTERN.exec(text)) {
    const [kind, word] = Object.entries(found.groups!).find(([, part]) => part !== undefined)!;
    if (kind === 'space') continue;
    const token: Token = { kind: kind as Kind, text: word!, from: found.index, to: found.index + word!.length };
    if (kind === 'string' && (word!.length < 2 || !closed(word!))) token.open = true;
    out.push(token);
  }
  return out;
}

function closed(word: string): boolean {
  const quote = word[0]!;
  if (!word.endsWith(quote)) return false;
  if (quote === '`') return true;
  const slashes = /\\*$/.exec(word.slice(0, -1))![0].length;
  return slashes % 2 === 0;
}

/** What a string token says. */
export function unquoted(word: string): string {
  const inner = closed(word) && word.length > 1 ? word.slice(1, -1) : word.slice(1);
  if (word[0] === '`') return inner;
  return inner.replace(/\\(.)/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c] ?? c);
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` as it stands between these quotes; backticks know no escapes. */
export function escaped(text: string, quote: string): string {
  if (quote === '`') return text;
  return text.replace(/[\\\n\r\t]/g, (c) => escapes[c]!).replaceAll(quote, `\\${quote}`);
}
