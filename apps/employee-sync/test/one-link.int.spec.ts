import { eventually } from '@huma-poweroffice/testing';
import { SendingWorld, type Connected, type Someone } from './sending-world.js';

const world = new SendingWorld();
beforeAll(() => world.start());
afterAll(() => world.stop());

const createUsers = { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'en' as const } };
const settled = (someone: Someone, status: string): Promise<void> =>
  eventually(async () => {
    expect(await someone.status()).toMatchObject({ status });
  }, 15_000);
/** As after a restore from a backup: a newcomer's employee, with the newcomer's reference, is somebody else's here. */
const newcomerOf = async (connected: Connected, holder: Someone): Promise<Someone> => {
  const kari = await connected.person({ email: 'kari@example.com' });
  await connected.clerk(holder.employeeId, {
    EmailAddress: 'kari@example.com',
    ExternalImportReference: kari.userId,
  });
  await connected.change({ settings: createUsers });
  await world.query('UPDATE lane SET is_new = true, due = true, wake_at = now() WHERE user_id = $1', [kari.userId]);
  return kari;
};
const holders = (connected: Connected): Promise<unknown[]> =>
  world.query('SELECT user_id AS "userId" FROM lane WHERE connection_id = $1 AND linked_employee IS NOT NULL', [
    connected.id,
  ]);

it('a look-up gives a living person the employee of somebody who was deleted in Huma', async () => {
  const connected = await world.connect();
  const ola = await connected.linked();
  await settled(ola, 'up-to-date');
  await ola.delete();
  await settled(ola, 'locked');
  const kari = await newcomerOf(connected, ola);
  await settled(kari, 'up-to-date');
  expect(await holders(connected)).toEqual([{ userId: kari.userId }]);
});

it('a look-up that finds the employee of another living person says so', async () => {
  const connected = await world.connect();
  const ola = await connected.linked();
  await settled(ola, 'up-to-date');
  const kari = await newcomerOf(connected, ola);
  await settled(kari, 'blocked');
  expect(await holders(connected)).toEqual([{ userId: ola.userId }]);
  expect((await kari.lane()).blocked).toMatchObject({ reason: 'conflict', detail: ola.employeeId });
});
