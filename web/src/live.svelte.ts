// What the server says is true now, kept fresh by its stream of changes. The
// stream says only that something changed; the state itself is fetched, so a
// missed event costs one fetch and never a wrong screen.
import { ApiError, BASE, getNow, type Change, type Incident, type Now } from './api';
import { settings } from './settings.svelte';
import { synchronise, time } from './time.svelte';

export type Status = 'loading' | 'live' | 'stale' | 'signed_out' | 'denied';

class Live {
  now = $state<Now | null>(null);
  status = $state<Status>('loading');
  /** When the values on the screen were true; epoch milliseconds, the server's. */
  updated = $state(0);
  /** Tries to get the stream back since it broke. */
  tries = $state(0);
  /** Grows with every change: pages that fetch on their own watch it. */
  version = $state(0);
  /** What kept the last fetch from working, in the server's words. */
  trouble = $state('');
}

export const live = new Live();

export function can(right: string): boolean {
  const server = live.now?.server;
  if (!server) return false;
  return server.no_auth || server.rights.includes(right) || server.rights.includes('*');
}

let fetching = false;
let again = false;

export async function refresh(): Promise<void> {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const now = await getNow();
    synchronise(now.server.now, now.server.time_zone);
    live.now = now;
    live.updated = time.now;
    heard();
    live.trouble = '';
    live.version += 1;
    behind = false;
    live.status = 'live';
    connect();
  } catch (error) {
    fail(error);
  } finally {
    fetching = false;
    if (again) {
      again = false;
      void refresh();
    }
  }
}

function fail(error: unknown) {
  if (!(error instanceof ApiError)) throw error;
  live.trouble = error.message;
  if (error.status === 401) {
    disconnect();
    live.status = 'signed_out';
  } else if (error.status === 403) {
    disconnect();
    live.status = 'denied';
  } else {
    live.tries += 1;
  }
}

// The server tells its time every few seconds. Silence is noticed by the
// browser's own steady clock; a restart of the server passes without a word.
const SILENCE_MS = 10_000;
let lastHeard = 0;
/** Changes may have been missed since the last fetch. */
let behind = false;

function heard() {
  lastHeard = performance.now();
  if (live.status === 'stale') live.status = 'live';
}

function noticeSilence() {
  if (live.status === 'live' && performance.now() - lastHeard > SILENCE_MS) live.status = 'stale';
}

let stream: EventSource | null = null;
let debounce: ReturnType<typeof setTimeout> | undefined;

function connect() {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  // The browser resumes by Last-Event-ID; a stream begun anew starts at the
  // present, and the fetch on `open` covers what lies between.
  stream = new EventSource(`${BASE}/events`);
  stream.addEventListener('open', () => {
    live.tries = 0;
    // Something may have changed while the stream was broken.
    if (behind) void refresh();
  });
  stream.addEventListener('beat', (event: MessageEvent<string>) => {
    const { now } = JSON.parse(event.data) as { now: string };
    synchronise(now, time.zone);
    // What is shown is still true: a change would have come before the beat.
    if (!behind) live.updated = time.now;
    heard();
  });
  stream.addEventListener('error', () => {
    behind = true;
  });
  stream.addEventListener('change', (event: MessageEvent<string>) => {
    const change = JSON.parse(event.data) as Change;
    if (change.sequence >= 0) schedule();
  });
  // More was missed than the server keeps, or the stream is new.
  stream.addEventListener('reset', schedule);
  // Without a stream the values are asked for (see `start`): the screen is
  // stale only when that fails, too.
}

function disconnect() {
  stream?.close();
  stream = null;
}

/** A burst of changes (an incident opens with five) is one fetch. */
function schedule() {
  clearTimeout(debounce);
  debounce = setTimeout(() => void refresh(), 120);
}

/** Shows at once what an action will have done; the next fetch says what it did. */
export function putIncident(incident: Incident) {
  if (!live.now) return;
  const at = live.now.incidents.findIndex((i) => i.id === incident.id);
  if (at >= 0) live.now.incidents[at] = incident;
}

const REFRESH_MS = 15_000; // Values move on without events.
const UNSURE_MS = 3000;
const shutOut = () => live.status === 'signed_out' || live.status === 'denied';

export function start() {
  void refresh();
  setInterval(() => {
    if (!shutOut() && document.visibilityState === 'visible') void refresh();
  }, REFRESH_MS);
  setInterval(noticeSilence, 500);
  // While there is no stream, or only old values, ask more often.
  setInterval(() => {
    if (shutOut()) return;
    if (live.status === 'live' && !behind && stream?.readyState === EventSource.OPEN) return;
    void refresh();
    if (live.status === 'live') connect();
  }, UNSURE_MS);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void refresh();
  });
  // Summaries come in the reader's language.
  $effect.root(() => {
    let before = settings.language;
    $effect(() => {
      if (settings.language === before) return;
      before = settings.language;
      void refresh();
    });
  });
}
