// What a replica writes, followed line by line from a cursor.
import { ApiError } from '../api';
import { t } from '../text';
import { plain } from './ansi';
import { getLog } from './api';

/** A line; null where the server no longer keeps what stood there. */
export type Line = string | null;

const TAIL_LINES = 2000;
const PIECE_BYTES = 1 << 20;
const LOOK_MS = 1000;
const RETRY_MS = 3000;
/** The page keeps so many; a download has all that the server keeps. */
const MOST_LINES = 200_000;
const DROPPED_AT_ONCE = 20_000;

export class LogFeed {
  /** Lines that match; grows while the replica writes. */
  count = $state(0);
  /** All that came since the feed began, for "N new lines". */
  arrived = $state(0);
  dropped = $state(0);
  ended = $state(false);
  ready = $state(false);
  failed = $state('');
  /** From the oldest that is kept, not from the last lines. */
  whole = $state(false);

  private version = $state(0);
  private lines: Line[] = [];
  /** The line that has not ended yet. */
  private rest = '';
  /** Indexes of the lines that match; null: all of them. */
  private matching: number[] | null = null;
  private words = '';
  private cursor = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private run = 0;

  constructor(private readonly task: string) {}

  start(whole = false) {
    this.stop();
    this.whole = whole;
    this.lines = [];
    this.rest = '';
    this.cursor = '';
    this.ready = this.ended = false;
    this.arrived = this.dropped = 0;
    this.match(this.words);
    void this.read(++this.run);
  }

  stop() {
    clearTimeout(this.timer);
    this.run += 1;
  }

  at(index: number): Line {
    void this.version; // The last line may grow while their number stays.
    const i = this.matching ? (this.matching[index] ?? -1) : index;
    return i < this.lines.length ? (this.lines[i] ?? null) : this.rest;
  }

  /** Shows only the lines that contain it, whatever the case. */
  match(words: string) {
    this.words = words.toLowerCase();
    this.matching = this.words === '' ? null : [];
    this.find(0);
  }

  /** The lines as they are shown, without colours. */
  text(): string {
    const out: string[] = [];
    for (let i = 0; i < this.count; i += 1) out.push(plain(this.at(i) ?? '…'));
    return `${out.join('\n')}\n`;
  }

  private find(from: number) {
    if (this.matching) {
      for (let i = from; i < this.lines.length; i += 1) {
        const line = this.lines[i] ?? null;
        if (line === null || plain(line).toLowerCase().includes(this.words)) this.matching.push(i);
      }
    }
    // An unfinished line is shown where all are.
    this.count = this.matching ? this.matching.length : this.lines.length + (this.rest === '' ? 0 : 1);
  }

  private take(text: string, lost: boolean) {
    if (text === '' && !lost) return;
    this.version += 1;
    const before = this.lines.length;
    if (lost) {
      if (this.rest !== '') this.lines.push(this.rest);
      this.rest = '';
      this.lines.push(null);
    }
    const parts = (this.rest + text).split('\n');
    this.rest = parts.pop() ?? '';
    for (const part of parts) this.lines.push(part);
    this.arrived += this.lines.length - before;
    if (this.lines.length <= MOST_LINES) return this.find(before);
    const surplus = this.lines.length - MOST_LINES + DROPPED_AT_ONCE;
    this.lines.splice(0, surplus);
    this.dropped += surplus;
    this.match(this.words);
  }

  private async read(run: number) {
    let wait = LOOK_MS;
    try {
      const chunk = await getLog(this.task, this.cursor, this.cursor === '' && !this.whole ? TAIL_LINES : 0, PIECE_BYTES);
      if (run !== this.run) return;
      // A replica that has written nothing yet has no cursor: it begins then.
      this.cursor = chunk.cursor;
      this.take(chunk.text, chunk.lost);
      this.failed = '';
      this.ready = true;
      this.ended = chunk.ended;
      if (chunk.text !== '') wait = 0;
    } catch (error) {
      if (run !== this.run) return;
      if (!(error instanceof ApiError)) throw error;
      this.failed = error.status === 404 ? t('log.gone') : error.message || t('action.unreachable');
      if (error.status === 404) return;
      wait = RETRY_MS;
    }
    if (this.ended && wait !== 0) return;
    this.timer = setTimeout(() => void this.read(run), wait || (this.lines.length < 100 ? LOOK_MS : 0));
  }
}

/** All that the server keeps of it, as it was written. */
export async function wholeLog(task: string): Promise<string> {
  const parts: string[] = [];
  let cursor = '';
  for (;;) {
    const chunk = await getLog(task, cursor, 0, PIECE_BYTES);
    parts.push(chunk.text);
    if (chunk.text === '' || chunk.cursor === '') return parts.join('');
    cursor = chunk.cursor;
  }
}
