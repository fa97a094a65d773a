import { createLogger } from '@huma-poweroffice/platform';
import { HeldConnections } from './held-connections.js';

/** So many connections are held, each claimed once; `broken` are those whose probe fails. */
const probed = async (count: number, broken: readonly string[] = []): Promise<string[]> => {
  const waiting = Array.from({ length: count }, (_, n) => `c${String(n)}`);
  const asked: string[] = [];
  const held = new HeldConnections(
    { claimHeld: (_, most) => Promise.resolve(waiting.splice(0, most)) },
    {
      probe: (id) => {
        asked.push(id);
        return broken.includes(id) ? Promise.reject(new Error('no')) : Promise.resolve();
      },
    },
    1000,
    createLogger('test', 'fatal'),
  );
  await held.look();
  return asked;
};

describe('HeldConnections', () => {
  it('probes all that are due, however many there are', async () => {
    expect(await probed(12)).toHaveLength(12);
  });

  it('goes on with the others when one cannot be probed', async () => {
    expect(await probed(4, ['c0', 'c2'])).toEqual(['c0', 'c1', 'c2', 'c3']);
  });
});
