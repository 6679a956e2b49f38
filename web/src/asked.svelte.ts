// What a screen asks the server for, again whenever something changed.
import { untrack } from 'svelte';
import { ApiError } from './api';
import { live, refresh } from './live.svelte';
import { t } from './text';

/** The server's words for what went wrong. A session that ended leads to the
 * sign-in; whoever comes back finds what was typed. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) void refresh();
  return error.message || t('action.unreachable');
}

interface Options {
  /** What is said where the server knows no such thing (404). */
  unknown?: () => string;
  /** Asks again every so many milliseconds while the page is in sight: for what
   * moves on without an event of the journal. */
  everyMs?: number;
}

export class Asked<T> {
  value = $state.raw<T | null>(null);
  /** What kept the last answer from coming. */
  failed = $state('');
  private gone = $state(false);

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly options: Options = {},
  ) {
    $effect(() => {
      void live.version;
      untrack(() => void this.load());
    });
    const { everyMs } = options;
    if (everyMs === undefined) return;
    $effect(() => {
      const timer = setInterval(() => {
        if (document.visibilityState === 'visible') void this.load();
      }, everyMs);
      return () => clearInterval(timer);
    });
  }

  /** Why there is nothing to show: it does not exist, or never came. What came
   * once stays readable. */
  get missing(): string {
    return this.gone || this.value === null ? this.failed : '';
  }

  async load() {
    try {
      this.value = await this.ask();
      this.failed = '';
      this.gone = false;
    } catch (error) {
      this.failed = wordsOf(error);
      const { unknown } = this.options;
      this.gone = unknown !== undefined && error instanceof ApiError && error.status === 404;
      if (this.gone && unknown) this.failed = unknown();
    }
  }
}
