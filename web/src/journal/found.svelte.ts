// What was found so far, newest first. The server looks back a bounded way at
// each request and says how far; new events are counted, not pushed in.
import { ApiError, type Entry } from '../api';
import { t } from '../text';
import { findEntries, type Head, type Question } from './api';

const PAGE = 100;

export class FoundEntries {
  entries = $state.raw<Entry[]>([]);
  /** Newer than what is shown; waiting above the list. */
  fresh = $state.raw<Entry[]>([]);
  head = $state.raw<Head | null>(null);
  searchedTo = $state<string | null>(null);
  next = $state(0);
  ready = $state(false);
  busy = $state(false);
  failed = $state('');
  /** The last look ended because a page was full: there is more at hand. */
  full = $state(false);
  private question: Question | null = null;
  private turn = 0;

  /** Begins anew; `before` 0 at the newest event. */
  async ask(question: Question, before: number) {
    this.question = question;
    this.entries = [];
    this.fresh = [];
    this.ready = false;
    this.busy = false;
    this.next = before;
    this.turn += 1;
    await this.more();
  }

  /** Looks further back. */
  async more() {
    const question = this.question;
    if (!question || this.busy) return;
    const turn = this.turn;
    this.busy = true;
    try {
      const found = await findEntries(question, this.next, PAGE);
      if (turn !== this.turn) return; // Another question came meanwhile.
      this.entries = [...this.entries, ...found.entries];
      this.next = found.next;
      this.searchedTo = found.searched_to;
      this.full = found.entries.length >= PAGE;
      this.head = found.head;
      this.ready = true;
      this.failed = '';
    } catch (error) {
      if (turn === this.turn) this.fail(error);
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }

  /** Something happened: what of it is wanted waits in `fresh`. */
  async look() {
    const question = this.question;
    if (!question || !this.ready) return;
    const turn = this.turn;
    try {
      const found = await findEntries(question, 0, PAGE);
      if (turn !== this.turn) return;
      const newest = this.entries[0]?.sequence ?? 0;
      this.fresh = found.entries.filter((e) => e.sequence > newest);
      this.head = found.head;
    } catch (error) {
      if (turn === this.turn) this.fail(error);
    }
  }

  showFresh() {
    this.entries = [...this.fresh, ...this.entries];
    this.fresh = [];
  }

  private fail(error: unknown) {
    if (!(error instanceof ApiError)) throw error;
    this.failed = error.message || t('action.unreachable');
  }
}
