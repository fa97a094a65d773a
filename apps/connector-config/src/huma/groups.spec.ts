import { randomUUID } from 'node:crypto';
import type { HumaClient } from '@huma-poweroffice/huma/client';
import { Groups } from './groups.js';

interface KnownGroup {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}
type Listed = Parameters<HumaClient['listGroups']>[0];

const failed = { outcome: 'failed', failure: { kind: 'unavailable', code: 'timed-out' } };

/** Huma with these groups, and what it was asked; `bad` are not answered about by themselves. */
const aHuma = (known: readonly KnownGroup[], bad: readonly string[] = [], lists = true) => {
  const asked: string[] = [];
  let [underWay, most] = [0, 0];
  const slowly = async <T>(answer: T): Promise<T> => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((done) => setImmediate(done));
    underWay -= 1;
    return answer;
  };
  const client = {
    getGroup: (id: string) => {
      asked.push(id);
      const value = bad.includes(id) ? undefined : known.find((group) => group.id === id);
      return slowly(value ? { outcome: 'found', value } : failed);
    },
    listGroups: ({ limit = 25, offset = 0, search }: Listed) => {
      asked.push(search === undefined ? 'list' : 'search');
      const all = known.filter(({ name }) => search === undefined || name === search);
      const items = all.slice(offset, offset + limit);
      return slowly(lists ? { outcome: 'found', value: { items, total: all.length } } : failed);
    },
  } as unknown as HumaClient;
  const token = { outcome: 'usable', accessToken: 't', leftMs: 60_000 } as const;
  const settings = { keepMs: 60_000, retryMs: 60_000, timeoutMs: 1000 };
  return { groups: new Groups(client, { get: async () => token }, settings), asked, most: () => most };
};
const some = (count: number): KnownGroup[] =>
  Array.from({ length: count }, (_, n) => ({ id: randomUUID(), name: `Group ${String(n)}`, type: 'company' }));
const wanted = (known: readonly KnownGroup[]) => known.map(({ id }) => ({ type: 'company', id }) as const);

describe('the names of groups', () => {
  it('of many are read from the list once, page by page, and kept', async () => {
    const known = some(300);
    const { groups, asked } = aHuma(known);
    const both = [groups.namesOf('o', wanted(known)), groups.namesOf('o', [...wanted(known), null])];
    for (const names of await Promise.all(both)) expect(names.size).toBe(300);
    await groups.namesOf('o', wanted(known));
    expect(asked).toEqual(Array(13).fill('list'));
  });

  it('of a few are asked for each once, however often one is named', async () => {
    const known = some(3);
    const { groups, asked } = aHuma(known);
    const names = await groups.namesOf('o', [...wanted(known), ...wanted(known), ...wanted(known)]);
    expect([...names.values()].sort()).toEqual(['Group 0', 'Group 1', 'Group 2']);
    expect(asked.filter((id) => id !== 'search')).toHaveLength(3);
  });

  it('that Huma does not answer about are missing, the others are not', async () => {
    const known = some(4);
    const bad = known[1]!.id;
    const { groups } = aHuma(known, [bad]);
    const names = await groups.namesOf('o', wanted(known));
    expect(names.has(bad)).toBe(false);
    expect(names.size).toBe(3);
  });

  it('are asked for a few at a time, and no more when Huma is away', async () => {
    const known = some(100);
    const away = aHuma(
      known,
      known.map(({ id }) => id),
      false,
    );
    expect((await away.groups.namesOf('o', wanted(known))).size).toBe(0);
    expect(away.most()).toBeLessThanOrEqual(4);
    expect(away.asked.length).toBeLessThanOrEqual(10);
  });
});
