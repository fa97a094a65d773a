import { createHash } from 'node:crypto';
import type { Page } from '@huma-poweroffice/poweroffice/client';

/** A list that goes on after so many pages does not end: then it is not read any further. */
const MOST_PAGES = 200;

/**
 * Keeps track of the pages of a list that may be too long to remember its rows: a page that was answered before, byte for
 * byte the same ids, is no news.
 */
export class LongPageWalk {
  readonly #seen = new Set<string>();
  #pages = 0;

  /** @param page the page that was read last, in order */
  after(
    page: Pick<Page<{ readonly id: string }>, 'items' | 'unreadable' | 'more' | 'isCertain'>,
  ): 'next' | 'end' | 'endless' {
    const ids = createHash('sha256');
    for (const { id } of [...page.items, ...page.unreadable]) ids.update(`${id}\n`);
    const print = ids.digest('base64');
    const hasNews = !this.#seen.has(print) && page.items.length + page.unreadable.length > 0;
    this.#seen.add(print);
    this.#pages += 1;
    if (!page.more) return 'end';
    // Where nobody said that there is more, a page without anything new is the end, as an empty one would be.
    if (!hasNews) return page.isCertain ? 'endless' : 'end';
    return this.#pages < MOST_PAGES ? 'next' : 'endless';
  }
}
