import { PageWalk } from './page-walk.js';

const page = (ids: number[], more: boolean, isCertain = false) => ({
  items: ids.map((id) => ({ id: String(id) })),
  unreadable: [] as { id: string; field: string }[],
  more,
  isCertain,
});

describe('PageWalk', () => {
  it('goes on to the last page', () => {
    const walk = new PageWalk();
    expect(walk.after(page([1, 2], true, true))).toBe('next');
    expect(walk.after(page([2, 3], true))).toBe('next');
    expect(walk.after(page([], false))).toBe('end');
  });

  it('takes a short page that shows nothing new for the last one, where nobody says that there is more', () => {
    const walk = new PageWalk();
    expect(walk.after(page([1], true))).toBe('next');
    expect(walk.after(page([1], true))).toBe('end');
  });

  it('does not believe in more where the same full page comes again', () => {
    const walk = new PageWalk();
    expect(walk.after(page([1, 2], true, true))).toBe('next');
    expect(walk.after(page([1, 2], true, true))).toBe('endless');
  });

  it('counts what cannot be read', () => {
    const walk = new PageWalk();
    walk.after(page([1], true));
    expect(walk.after({ ...page([1], true), unreadable: [{ id: '2', field: 'Number' }] })).toBe('next');
  });

  it('ends after many pages', () => {
    const walk = new PageWalk();
    let pages = 1;
    while (walk.after(page([pages], true, true)) === 'next') pages += 1;
    expect(pages).toBe(200);
  });
});
