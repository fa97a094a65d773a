import type { Page } from './answer.js';

/** A list that goes on after so many pages does not end: then it is not read any further. */
const MOST_PAGES = 200;

/** What comes after a page: the next one, nothing, or a list that cannot be relied on because it does not end. */
export type NextPage = 'next' | 'end' | 'endless';

/** Keeps track of the pages of one list, so that reading it ends, whatever is answered. */
export class PageWalk {
  readonly #seen = new Set<string>();
  #pages = 0;

  /** @param page the page that was read last, in order */
  after(page: Pick<Page<{ readonly id: string }>, 'items' | 'unreadable' | 'more' | 'isCertain'>): NextPage {
    const before = this.#seen.size;
    for (const { id } of [...page.items, ...page.unreadable]) this.#seen.add(id);
    this.#pages += 1;
    if (!page.more) return 'end';
    const hasNews = this.#seen.size > before;
    // Where nobody said that there is more, a page without anything new is the end, as an empty one would be.
    if (!hasNews) return page.isCertain ? 'endless' : 'end';
    return this.#pages < MOST_PAGES ? 'next' : 'endless';
  }
}
