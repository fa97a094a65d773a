import { eventually } from '@huma-poweroffice/testing';
import { SendingWorld } from './sending-world.js';

const world = new SendingWorld();
beforeAll(() => world.start());
afterAll(() => world.stop());

it('a newcomer does not wait out a long pause once the attempt that carried the email is settled', async () => {
  const connected = await world.connect({
    state: 'paused',
    settings: { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'en' } },
  });
  const kari = await connected.person();
  const { lanes } = world.sending;
  await world.database.transaction(async (tx) => {
    const [stored] = await lanes.lock(tx, connected.id, [kari.userId]);
    const retry = { count: 20, notBefore: Date.now() + 3_600_000, reason: 'email-in-flight' as const };
    await lanes.save(tx, connected.id, [
      { lane: { ...stored!.lane, isNew: true, due: true, retry }, held: false, class: 1 },
    ]);
  });
  await connected.change({ state: 'active' });
  await world.database.transaction((tx) => lanes.emailIsSettled(tx, connected.id));
  await eventually(async () => {
    expect(await kari.status()).toMatchObject({ status: 'up-to-date' });
  }, 10_000);
});
