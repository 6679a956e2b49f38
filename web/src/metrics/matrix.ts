// Reads the answer of /api/v1/query_range as its bytes arrive. A million points
// are 25 MB of JSON: parsed at once they would stop the page for half a second
// and cost ten times the memory. Here the values go straight into arrays of
// numbers, piece by piece; what is left is a small document for JSON.parse.

import type { Grid } from '../plot/grid';

export type Labels = Record<string, string>;

export interface Line {
  labels: Labels;
  /** A value for each time of the grid; NaN where there is none. */
  values: Float64Array;
}

export interface Answer {
  lines: Line[];
  warnings: string[];
  infos: string[];
}

interface Skeleton {
  status?: string;
  error?: string;
  data?: { resultType?: string; result?: { metric: Labels; values?: unknown }[] };
  warnings?: string[];
  infos?: string[];
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 91;
const CLOSE = 93;
const DOT = 46;
const MINUS = 45;
const ZERO = 48;
const VALUES = [...'values'].map((c) => c.charCodeAt(0));
/** Where a series' keys stand: answer, data, result, series. */
const SERIES_DEPTH = 4;
/** Powers of ten that a double holds exactly. */
const EXACT = Array.from({ length: 16 }, (_, n) => 10 ** n);

export class MatrixReader {
  private rows: Float64Array[] = [];
  private kept = new Uint8Array(4096);
  private keptLength = 0;

  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Letters of `values` matched by the present string; -1: it is another one. */
  private matched = -1;
  /** The last string at a series' depth was `values`. */
  private atValues = false;

  // Within a series' values: [[1700000000.5,"1.25"],…]
  private row: Float64Array | null = null;
  private inPoint = false;
  private inValue = false;
  private seconds = 0;
  private fraction = 0;
  private text: number[] = [];

  constructor(private readonly grid: Grid) {}

  push(bytes: Uint8Array) {
    for (const byte of bytes) {
      if (this.row) this.value(byte);
      else this.outside(byte);
    }
  }

  /** What was asked for. Throws a SyntaxError where the answer is cut or none. */
  end(): Answer {
    const text = new TextDecoder().decode(this.kept.subarray(0, this.keptLength));
    const skeleton = JSON.parse(text) as Skeleton;
    if (skeleton.data?.resultType !== 'matrix') throw new SyntaxError('no matrix');
    // A series of histograms has no `values`, and so no row.
    let row = 0;
    const lines = (skeleton.data.result ?? []).map(({ metric, values }) => ({
      labels: metric,
      values: (values ? this.rows[row++] : undefined) ?? this.empty(),
    }));
    return { lines, warnings: skeleton.warnings ?? [], infos: skeleton.infos ?? [] };
  }

  private empty() {
    return new Float64Array(this.grid.count).fill(NaN);
  }

  private keep(byte: number) {
    if (this.keptLength === this.kept.length) {
      const larger = new Uint8Array(this.kept.length * 2);
      larger.set(this.kept);
      this.kept = larger;
    }
    this.kept[this.keptLength++] = byte;
  }

  private outside(byte: number) {
    this.keep(byte);
    if (this.inString) return this.inText(byte);
    if (byte === QUOTE) {
      this.inString = true;
      this.matched = this.depth === SERIES_DEPTH ? 0 : -1;
    } else if (byte === OPEN && this.depth === SERIES_DEPTH && this.atValues) {
      this.row = this.empty();
      this.atValues = false;
    } else if (byte === OPEN || byte === 123) {
      this.depth += 1;
    } else if (byte === CLOSE || byte === 125) {
      this.depth -= 1;
    }
  }

  private inText(byte: number) {
    if (this.escaped) {
      this.escaped = false;
      this.matched = -1;
    } else if (byte === BACKSLASH) {
      this.escaped = true;
    } else if (byte === QUOTE) {
      this.inString = false;
      this.atValues = this.matched === VALUES.length;
    } else if (this.matched >= 0) {
      this.matched = byte === VALUES[this.matched] ? this.matched + 1 : -1;
    }
  }

  private value(byte: number) {
    if (this.inValue) {
      if (byte !== QUOTE) this.text.push(byte);
      else this.inValue = false;
    } else if (byte === OPEN) {
      this.inPoint = true;
      this.seconds = 0;
      this.fraction = 0;
    } else if (byte === QUOTE) {
      this.inValue = true;
      this.text.length = 0;
    } else if (byte === CLOSE && this.inPoint) {
      this.inPoint = false;
      this.put();
    } else if (byte === CLOSE) {
      this.rows.push(this.row!);
      this.row = null;
      this.keep(CLOSE);
    } else if (byte === DOT) {
      this.fraction = 0.1;
    } else if (byte >= ZERO && byte <= ZERO + 9) {
      if (this.fraction === 0) this.seconds = this.seconds * 10 + byte - ZERO;
      else {
        this.seconds += (byte - ZERO) * this.fraction;
        this.fraction /= 10;
      }
    }
  }

  private put() {
    const at = Math.round((this.seconds - this.grid.start) / this.grid.step);
    if (at >= 0 && at < this.grid.count) this.row![at] = numberOf(this.text);
  }
}

/** The number that these ASCII codes write. Up to 15 digits and without an
 * exponent it is one exact division; else the language's own reading. */
export function numberOf(codes: readonly number[]): number {
  let digits = 0;
  let mantissa = 0;
  let point = -1;
  const negative = codes[0] === MINUS;
  for (let i = negative ? 1 : 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === DOT && point < 0) {
      point = digits;
    } else if (code >= ZERO && code <= ZERO + 9 && digits < 15) {
      mantissa = mantissa * 10 + code - ZERO;
      digits += 1;
    } else {
      const text = String.fromCharCode(...codes);
      return Number(text.replace('Inf', 'Infinity'));
    }
  }
  const value = point < 0 ? mantissa : mantissa / EXACT[digits - point]!;
  return negative ? -value : value;
}
