import fc from 'fast-check';
import { Simulation, Violation, watched, type Without } from '../test/simulation.js';

/** One step of a history: what happens, and two numbers that choose where and how. */
const step = fc.record({
  what: fc.constantFrom(
    'edit',
    'deliver',
    'deliver',
    'duplicate',
    'clerk',
    'lock',
    'claim',
    'claim',
    'claim',
    'send',
    'send',
    'send',
    'arrive',
    'arrive',
    'answer',
    'answer',
    'lose',
    'crash',
    'tick',
    'tick',
    'pass',
  ),
  n: fc.nat(30),
  pick: fc.nat(3),
});

const play = (world: Simulation, { what, n, pick }: { what: string; n: number; pick: number }): void => {
  const field = watched[n % watched.length] ?? 'givenName';
  const worker = world.workers[pick % Math.max(1, world.workers.length)];
  const request = world.wire[pick % Math.max(1, world.wire.length)];
  if (what === 'edit') world.edit(field, n % 5);
  if (what === 'deliver') world.deliver();
  if (what === 'duplicate') world.lane = { ...world.lane, due: true };
  if (what === 'clerk') world.clerk(field);
  if (what === 'lock') world.lock();
  if (what === 'claim') world.claim();
  if (what === 'send' && worker) world.send(worker);
  if (what === 'arrive' && request) world.arrive(request, n);
  if (what === 'answer' && worker) world.answer(worker, false);
  if (what === 'lose' && worker) world.answer(worker, true);
  if (what === 'crash' && worker) world.crash(worker);
  if (what === 'tick') world.pass(1);
  if (what === 'pass') world.pass(n);
};

const holds = (linked: boolean, history: { what: string; n: number; pick: number }[], without?: Without): void => {
  const world = new Simulation(linked, without);
  try {
    for (const s of history) play(world, s);
    if (world.versions.at(-1)?.locked) world.lock();
    world.settleDown();
  } catch (error) {
    if (error instanceof Violation) error.message += `\n${world.log.join('\n')}`;
    throw error;
  }
};

describe('the lane protocol, in random histories', () => {
  it.each([
    ['a linked person', true],
    ['a person to be created', false],
  ])('keeps S1 to S5 for %s', (_, linked) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (history) => {
        holds(linked, history);
      }),
      { numRuns: 10_000 },
    );
  });

  it.each<[string, Without]>([
    ['the send window', { wait: { sendWindowMs: 0 } }],
    ["the client's time-out", { wait: { clientTimeoutMs: 0 } }],
    ['the processing after an abort', { wait: { processingMs: 0 } }],
    ['the lag of reads', { wait: { readLagMs: 0 } }],
    ['the fence of the record', { fence: true }],
    ['unknown outcomes', { unknown: true }],
  ])('is broken without %s', (_, without) => {
    const property = fc.property(fc.boolean(), fc.array(step, { minLength: 20, maxLength: 80 }), (linked, history) => {
      holds(linked, history, without);
    });
    expect(fc.check(property, { numRuns: 100_000, seed: 1, endOnFailure: true }).failed).toBe(true);
  });
});
