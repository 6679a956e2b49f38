// A line of a program's output as pieces of text: its colours become tones, every
// other escape sequence goes, and what would not be seen is made visible.
import type { Tone } from '../shell/states';

export interface Piece {
  text: string;
  tone: Tone | 'dim' | '';
  bold: boolean;
}

// CSI, OSC, DCS and its like, two-byte escapes; each also by its C1 control.
// eslint-disable-next-line no-control-regex
const ESCAPES = /(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~])?|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g;

const TONES: Record<number, Piece['tone']> = {
  31: 'crit', 91: 'crit', 32: 'ok', 92: 'ok', 33: 'warn', 93: 'warn',
  34: 'run', 94: 'run', 36: 'run', 96: 'run', 35: 'maint', 95: 'maint', 90: 'dim', 2: 'dim',
};

/** Control characters, and those that turn the order of text around. */
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function seen(text: string): string {
  return text.replace(UNSEEN, (c) => {
    const code = c.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
  });
}

/** A carriage return before the line's end is no part of it. */
const trimmed = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** Without colours: for the filter and for copying. */
export function plain(line: string): string {
  const text = trimmed(line);
  // eslint-disable-next-line no-control-regex
  return seen(/[\x1b\x90-\x9f]/.test(text) ? text.replace(ESCAPES, '') : text);
}

function colour(now: Omit<Piece, 'text'>, parameters: string): Omit<Piece, 'text'> {
  const codes = parameters.split(/[;:]/).map(Number);
  let { tone, bold } = now;
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0;
    if (code === 38 || code === 48) i += codes[i + 1] === 2 ? 4 : 2; // Colours of their own: not ours.
    else if (code === 0) [tone, bold] = ['', false];
    else if (code === 1) bold = true;
    else if (code === 22) bold = false;
    else if (code === 39) tone = '';
    else tone = TONES[code] ?? tone;
  }
  return { tone, bold };
}

export function pieces(line: string): Piece[] {
  const text = trimmed(line);
  const out: Piece[] = [];
  let look: Omit<Piece, 'text'> = { tone: '', bold: false };
  let from = 0;
  const put = (to: number) => {
    if (to > from) out.push({ text: seen(text.slice(from, to)), ...look });
  };
  for (const escape of text.matchAll(ESCAPES)) {
    put(escape.index);
    from = escape.index + escape[0].length;
    if (escape[2] === 'm') look = colour(look, escape[1] ?? '');
  }
  put(text.length);
  return out;
}
