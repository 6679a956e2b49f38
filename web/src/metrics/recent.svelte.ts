// The expressions that were run last in this browser, newest first.
const KEY = 'hinomi.expressions';
const MOST = 20;

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((text): text is string => typeof text === 'string').slice(0, MOST) : [];
  } catch {
    return []; // Storage may be switched off, or hold something else.
  }
}

class Recent {
  list = $state.raw<string[]>(read());
  add(text: string) {
    this.list = [text, ...this.list.filter((other) => other !== text)].slice(0, MOST);
    this.keep();
  }
  clear() {
    this.list = [];
    this.keep();
  }
  private keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.list));
    } catch {
      // See read().
    }
  }
}

export const recent = new Recent();
