import { randomUUID } from 'node:crypto';
import { eventually } from '@huma-poweroffice/testing';
import { KnowledgeRepository, type IndexedEmployee } from '../src/client-knowledge/knowledge-repository.js';
import { SendingWorld, type Connected } from './sending-world.js';

const world = new SendingWorld();
let repository: KnowledgeRepository;
beforeAll(async () => {
  await world.start();
  repository = new KnowledgeRepository(world.database);
});
afterAll(() => world.stop());

const employee = (id: string): IndexedEmployee => ({
  id: id as IndexedEmployee['id'],
  emailAddress: `${id}@example.com`,
  externalImportReference: null,
  isArchived: false,
  lastChangedDateTimeOffset: '2026-11-25T09:30:00Z',
});
const known = async (connected: Connected): Promise<unknown[]> => {
  const rows = await world.query<{ id: string }>(
    'SELECT employee_id AS id FROM client_employee WHERE connection_id = $1 ORDER BY 1',
    [connected.id],
  );
  return rows.map(({ id }) => id);
};
const another = { id: randomUUID(), name: 'Another' };

it('asks nothing with a token of another client', async () => {
  const connected = await world.connect();
  const before = connected.clientId;
  expect(await world.sending.tokens.get(connected.id)).toMatchObject({ clientId: before });
  await connected.change({ client: another });
  world.sending.knowledge.refreshSeries();
  await eventually(() => {
    expect(world.sending.tokens.usable(connected.id)).toBeNull();
  });
  expect((await world.powerOffice.requests()).filter(({ clientId }) => clientId === before)).toEqual([]);
  expect(await world.query('SELECT 1 FROM client_knowledge WHERE connection_id = $1', [connected.id])).toEqual([]);
});

it('keeps nothing that comes late of an earlier client', async () => {
  const connected = await world.connect();
  const before = connected.clientId;
  const late = await repository.beginRefresh(connected.id, before);
  await connected.change({ client: another });
  expect(await repository.beginRefresh(connected.id, before)).toBeNull();
  const today = await repository.beginRefresh(connected.id, another.id);
  await repository.endRefresh(late!, [employee('1')], true, 0);
  await repository.giveUpRefresh(late!);
  await repository.saveSeries(connected.id, before, []);
  expect(await repository.beginRefresh(connected.id, another.id)).toBeNull();
  await repository.endRefresh(today!, [employee('2')], true, 0);
  expect(await known(connected)).toEqual(['2']);
});

it('takes over what was saved of an earlier client', async () => {
  const connected = await world.connect();
  await repository.endRefresh(
    (await repository.beginRefresh(connected.id, connected.clientId))!,
    [employee('1')],
    true,
    0,
  );
  await world.query('UPDATE client_knowledge SET client_id = $2 WHERE connection_id = $1', [connected.id, another.id]);
  const refresh = await repository.beginRefresh(connected.id, connected.clientId);
  expect(refresh).toMatchObject({ changedAfter: null });
  expect(await known(connected)).toEqual([]);
});

it('ends only its own refresh, when another one began after it took too long', async () => {
  const connected = await world.connect();
  const slow = await repository.beginRefresh(connected.id, connected.clientId);
  await world.query("UPDATE client_knowledge SET refreshing_until = now() - interval '1 s' WHERE connection_id = $1", [
    connected.id,
  ]);
  const next = await repository.beginRefresh(connected.id, connected.clientId);
  await repository.giveUpRefresh(slow!);
  await repository.endRefresh(slow!, [employee('1')], true, 0);
  expect(await repository.beginRefresh(connected.id, connected.clientId)).toBeNull();
  expect(await known(connected)).toEqual([]);
  await repository.giveUpRefresh(next!);
  expect(await repository.beginRefresh(connected.id, connected.clientId)).toMatchObject({ changedAfter: null });
});
