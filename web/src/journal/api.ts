// The journal's own part of the REST contract.
import { call, type Entry } from '../api';

export interface Head {
  sequence: number;
  hash: string;
}

export interface Found {
  entries: Entry[];
  head: Head;
  /** Go on with this `before`; 0: everything was looked at. */
  next: number;
  /** All since then was looked at; null: everything. */
  searched_to: string | null;
}

/** What the reader looks for, as it stands in the address. */
export interface Question {
  match: string;
  type: string;
  subject: string;
  actor: string;
  from: string;
  to: string;
}

export function findEntries(question: Question, before: number, limit: number): Promise<Found> {
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries(question)) if (value) query.set(name, value);
  if (before > 0) query.set('before', String(before));
  return call<Found>('GET', `/journal?${query}`);
}

/** One event with its fields, and the hash of the one before it. */
export interface FullEntry extends Entry {
  version: number;
  hash: string;
  data: unknown;
}
export async function getEntry(sequence: number): Promise<{ entry: FullEntry; before: string } | null> {
  const { entries } = await call<{ entries: FullEntry[] }>('GET', `/journal?before=${sequence + 1}&limit=2&data=true`);
  const entry = entries[0];
  return entry?.sequence === sequence ? { entry, before: entries[1]?.hash ?? '' } : null;
}

interface Fault {
  sequence: number;
  reason: string;
}
export interface Proof {
  ok: boolean;
  sequence: number;
  hash: string;
  /** Up to this event a checkpoint kept elsewhere agrees; 0: none was shown. */
  anchored: number;
  broken: Fault | null;
  contradiction: Fault | null;
  at: string;
  by: string;
  seconds: number;
  message: string;
}
export interface Chain {
  head: Head;
  checkpoint: { sequence: number; hash: string; at: string; checkpoint: string } | null;
  since: number;
  last_proof: Proof | null;
}
export const getChain = () => call<Chain>('GET', '/journal/chain');

const VERIFY_MS = 10 * 60_000; // It reads everything that ever happened.
export const verify = (checkpoint: string) =>
  call<Proof>('POST', '/journal/verify', checkpoint ? { checkpoint } : {}, '', VERIFY_MS);
