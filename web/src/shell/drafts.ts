// What the reader has begun to write, kept for this tab until it is sent: a
// server that is away, a session that ends and a reload lose nothing.
const name = (what: string) => `hinomi.draft.${what}`;
const kept = new Map<string, string>(); // Where storage is switched off.

export function draftOf(what: string): string {
  try {
    return sessionStorage.getItem(name(what)) ?? '';
  } catch {
    return kept.get(what) ?? '';
  }
}

/** "" forgets it. */
export function keepDraft(what: string, text: string) {
  try {
    if (text === '') sessionStorage.removeItem(name(what));
    else sessionStorage.setItem(name(what), text);
  } catch {
    kept.set(what, text);
  }
}
