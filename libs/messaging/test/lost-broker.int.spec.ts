import { eventually, startTestBroker, type TestBroker } from '@huma-poweroffice/testing';
import { createWorld, newKeys, type World } from './reader.js';

let broker: TestBroker;
let world: World;

beforeAll(async () => {
  broker = await startTestBroker();
  world = await createWorld(broker.brokers, '');
});
afterAll(async () => {
  broker.mend();
  await world.close();
  await broker.stop();
});

it.each(['freeze', 'cut'] as const)(
  'comes back by itself after the line to the broker was disturbed (%s)',
  async (how) => {
    const reader = world.aReader({ silentMs: 6000 });
    const consumer = await reader.start();
    const [before, after] = [newKeys(10), newKeys(10)];
    await world.send(before);
    await reader.has(before);
    expect(consumer.state()).toEqual({ ready: true, problems: [], silentSince: null });

    broker[how]();
    await eventually(() => {
      expect(consumer.state()).toMatchObject({ ready: false, silentSince: expect.any(Number) as number });
    }, 20_000);
    broker.mend();
    await world.send(after);
    await reader.has(after);
    await eventually(() => {
      expect(consumer.state()).toEqual({ ready: true, problems: [], silentSince: null });
    });
    const handled = await reader.handled();
    expect(handled).toHaveLength(new Set(handled).size);
    await consumer.stop();
  },
);
