// A list that the server gives in pages: only the pages in sight are fetched,
// and fetched again when something changed.
const PAGE = 200;

export interface Fetched<T> {
  items: T[];
  total: number;
}

export class Paged<T> {
  total = $state(0);
  /** What kept the last page from coming; '' if nothing did. */
  failed = $state('');
  /** The first page has come. */
  ready = $state(false);
  private pages = $state.raw<ReadonlyMap<number, T[]>>(new Map());
  /** Which version of the question each page answers. */
  private asked = new Map<number, string>();
  private question = '';

  constructor(private readonly fetchPage: (offset: number, limit: number) => Promise<Fetched<T>>) {}

  item = (index: number): T | undefined => this.pages.get(Math.floor(index / PAGE))?.[index % PAGE];

  /** Fetches the pages of these rows where they do not answer `question` in its
   * newest `version`. Another question empties the list. */
  need(from: number, to: number, question: string, version: number) {
    if (question !== this.question) {
      this.question = question;
      this.pages = new Map();
      this.ready = false;
    }
    const last = Math.floor(Math.max(from, to - 1) / PAGE);
    for (let page = Math.floor(from / PAGE); page <= last; page++) {
      const wanted = `${version} ${question}`;
      if (this.asked.get(page) === wanted) continue;
      this.asked.set(page, wanted);
      void this.load(page, wanted);
    }
  }

  private async load(page: number, wanted: string) {
    try {
      const got = await this.fetchPage(page * PAGE, PAGE);
      if (this.asked.get(page) !== wanted) return; // Overtaken by a later question.
      this.pages = new Map(this.pages).set(page, got.items);
      this.total = got.total;
      this.ready = true;
      this.failed = '';
    } catch (error) {
      this.asked.delete(page);
      this.failed = error instanceof Error ? error.message : String(error);
    }
  }
}
