import { SyncLimits } from '../src/people/sync-limits.js';
import { PeopleQueries } from '../src/people/people-queries.js';
import { PeopleService } from '../src/people/people.service.js';
import { SyncNow } from '../src/people/sync-now.js';
import { SendingWorld, type Connected, type Someone } from './sending-world.js';

const world = new SendingWorld();
let syncNow: SyncNow;
let people: PeopleService;
beforeAll(async () => {
  await world.start();
  const { lanes, worlds, audit } = world.sending;
  const queries = new PeopleQueries(world.database);
  syncNow = new SyncNow(world.database, queries, lanes, worlds, audit);
  people = new PeopleService(world.database, queries, lanes, worlds, audit);
});
afterAll(() => world.stop());

const edited = async (state: 'paused' | 'draft' | 'disconnected'): Promise<{ connected: Connected; kari: Someone }> => {
  const connected = await world.connect();
  const kari = await connected.linked();
  await connected.change({ state });
  await kari.edit({ givenName: 'Karianne' });
  return { connected, kari };
};

describe.each(['paused', 'draft', 'disconnected'] as const)('while the connection is %s', (state) => {
  it('says so, of the person and at once of sync now', async () => {
    const { connected, kari } = await edited(state);
    const { organizationId, id } = connected;
    const held = { status: 'paused', reason: `connection-${state}` };
    expect(await people.person(organizationId, id, kari.userId)).toMatchObject(held);
    const answer = await syncNow.run(organizationId, id, kari.userId, false, 'ola');
    expect(answer).toMatchObject({ ...held, sendsNow: false, settled: false });
    const { items } = await people.list(organizationId, id, { status: 'paused', limit: 10 });
    expect(items).toMatchObject([{ userId: kari.userId }]);
    expect((await people.summary(organizationId, id)).waiting).toBe(state === 'disconnected' ? 0 : 1);
  });

  it('shows what would be sent, and that nothing is sent now', async () => {
    const { connected, kari } = await edited(state);
    const answer = await syncNow.run(connected.organizationId, connected.id, kari.userId, true, 'ola');
    expect(answer).toMatchObject({ sendsNow: false, settled: false, nextCall: expect.stringContaining('PATCH') });
    expect(answer.changes.map((c) => c.field)).toContain('givenName');
  });
});

it('sends at once while the connection is active', async () => {
  const connected = await world.connect();
  const kari = await connected.linked();
  await kari.edit({ givenName: 'Karianne' });
  const answer = await syncNow.run(connected.organizationId, connected.id, kari.userId, false, 'ola');
  expect(answer).toMatchObject({ status: 'up-to-date', sendsNow: true, settled: true });
});

it('serves one call per person and user, and two per connection', async () => {
  const limits = new SyncLimits();
  const ends: (() => void)[] = [];
  const call = (user: string, by: string, connection = 'c'): Promise<void> =>
    limits.within(connection, user, by, () => new Promise((end) => ends.push(end)));
  const first = call('u', 'ola');
  await expect(call('u', 'ola')).rejects.toMatchObject({ status: 429 });
  const second = call('v', 'ola');
  await expect(call('w', 'kari')).rejects.toMatchObject({ status: 429, code: 'too-many-syncs' });
  const other = call('u', 'ola', 'another');
  ends.splice(0).forEach((end) => {
    end();
  });
  await Promise.all([first, second, other]);
  const again = call('u', 'ola');
  ends.splice(0).forEach((end) => {
    end();
  });
  await again;
});
