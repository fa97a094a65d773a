import { eventually } from '@huma-poweroffice/testing';
import { SendingWorld, type Someone } from './sending-world.js';

const world = new SendingWorld();
beforeAll(() => world.start());
afterAll(() => world.stop());

const settled = (someone: Someone): Promise<void> =>
  eventually(async () => {
    expect(await someone.status()).toMatchObject({ status: 'up-to-date' });
  }, 30_000);

it('tokens that are granted and refused are reported as the key’s, and cost few requests', async () => {
  const connection = await world.connect();
  const people: Someone[] = [];
  for (let n = 0; n < 5; n += 1) people.push(await connection.linked());
  for (const someone of people) await settled(someone);
  await connection.fault({ path: 'Employees', misbehaviour: { kind: 'status', status: 401 } });
  const before = (await world.powerOffice.requests()).length;
  for (const someone of people) await someone.edit({ givenName: 'New' });
  await eventually(() => {
    expect(world.connector.refusals).toContain('key');
  }, 30_000);
  const since = (await world.powerOffice.requests()).slice(before);
  expect(since.filter(({ path }) => path.includes('OAuth')).length).toBeLessThanOrEqual(2);
  // Each person at most once with each of two tokens.
  expect(since.length).toBeLessThanOrEqual(2 + 2 * people.length);
  await world.powerOffice.control('DELETE', '/faults');
  for (const someone of people) await settled(someone);
});
