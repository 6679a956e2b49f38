// Which rows of a long list are worth drawing: those in sight and some around
// them. The page's own scrolling stays, with its keys, links and Back.
const AROUND = 20;
/** Shorter lists are drawn whole, so that the browser's own search finds all. */
const WHOLE = 300;

export interface Slice {
  from: number;
  to: number;
  /** Pixels of the rows that are not drawn. */
  above: number;
  below: number;
}

/** `height` of a row and `top` of the list within what scrolls, in pixels. */
export function sliceOf(count: number, height: number, top: number, scrolled: number, sight: number): Slice {
  if (count <= WHOLE || height <= 0) return { from: 0, to: count, above: 0, below: 0 };
  const first = Math.floor((scrolled - top) / height) - AROUND;
  const from = Math.min(Math.max(0, first), count - 1);
  const to = Math.min(count, Math.max(from + 1, first + Math.ceil(sight / height) + 2 * AROUND));
  return { from, to, above: from * height, below: (count - to) * height };
}

/** The nearest element around that scrolls; on a phone the page itself. */
function scrollerOf(element: HTMLElement): HTMLElement {
  for (let at = element.parentElement; at; at = at.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return document.documentElement;
}

export class Window {
  slice = $state.raw<Slice>({ from: 0, to: 0, above: 0, below: 0 });
  private height = 0;

  constructor(private readonly count: () => number) {
    this.slice = sliceOf(this.count(), 36, 0, 0, 1000); // Until it is measured.
  }

  /** Use as `{@attach window.watch}` on the element that holds the rows (`tr`, `li`). */
  watch = (body: HTMLElement) => {
    const scroller = scrollerOf(body);
    const target: HTMLElement | Document = scroller === document.documentElement ? document : scroller;
    const look = () => {
      const rows = [...body.children].filter((row) => !row.hasAttribute('data-space')) as HTMLElement[];
      const first = rows[0];
      const last = rows.at(-1);
      if (first && last) {
        const drawn = last.getBoundingClientRect().bottom - first.getBoundingClientRect().top;
        this.height = drawn / rows.length;
      }
      const edge = scroller === document.documentElement ? 0 : scroller.getBoundingClientRect().top;
      const scrolled = edge - body.getBoundingClientRect().top;
      this.slice = sliceOf(this.count(), this.height, 0, scrolled, scroller.clientHeight);
    };
    let asked = 0;
    const soon = () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(look);
    };
    $effect(() => {
      void this.count();
      soon();
    });
    target.addEventListener('scroll', soon, { passive: true });
    const observer = new ResizeObserver(soon);
    observer.observe(scroller);
    return () => {
      cancelAnimationFrame(asked);
      target.removeEventListener('scroll', soon);
      observer.disconnect();
    };
  };
}
