import fc from 'fast-check';
import { Violation } from '../../test/simulation/ghosts.js';
import { histories, holds, type History, type Start } from '../../test/simulation/history.js';
import type { Without } from '../../test/simulation/simulation.js';

/** A history of each kind is played so often, from each start. */
const RUNS = 8_000;
const length = { minLength: 4, maxLength: 30 };

describe('the lane protocol, in random histories', () => {
  const kinds: [History, Start][] = (['small', 'whole', 'troubled', 'accounts', 'restored'] as const).flatMap(
    (history) => (['linked', 'unseen', 'new'] as const).map((start): [History, Start] => [history, start]),
  );

  it.each(kinds)('keeps S1 to S5 and pauses in %s histories of a person who is %s', (history, start) => {
    const seed = Date.now() ^ (Math.random() * 0x100000000);
    console.info(`${history} histories, ${start}: seed ${String(seed)}`);
    const steps = fc.array(histories[history], history === 'small' ? { minLength: 5, maxLength: 60 } : length);
    fc.assert(
      fc.property(steps, (happenings) => {
        holds(start, happenings);
      }),
      { numRuns: RUNS, seed },
    );
  });

  it.each<[string, History, Start, Without, RegExp]>([
    ['the send window', 'small', 'linked', { wait: { sendWindowMs: 0 } }, /^S/],
    ["the client's time-out", 'small', 'linked', { wait: { clientTimeoutMs: 0 } }, /^S/],
    ['the processing after an abort', 'small', 'linked', { wait: { processingMs: 0 } }, /^S/],
    ['the lag of reads', 'small', 'linked', { wait: { readLagMs: 0 } }, /^S/],
    ['the fence of the record', 'small', 'linked', { fence: true }, /^S/],
    ['unknown outcomes', 'small', 'linked', { unknown: true }, /^S/],
    ['unknown for what cannot be read', 'troubled', 'linked', { unreadable: true }, /^S2\/S3/],
    ['the look before a refused value is sent again', 'troubled', 'linked', { look: true }, /^S3/],
    ['the look before a value that was not seen', 'whole', 'unseen', { unseen: true }, /^S/],
    ['doubt of a 404', 'troubled', 'linked', { doubt: true }, /^S/],
    ['the wait for an account to show', 'accounts', 'linked', { accountWait: true }, /^S1/],
    ['looks at what waits', 'troubled', 'linked', { looks: true }, /^S5/],
    ['pauses', 'troubled', 'linked', { pause: true }, /^pause/],
    ['judging after a restore', 'restored', 'linked', { judge: true }, /^S3/],
  ])('is broken without %s', (_, history, start, without, invariant) => {
    const steps = fc.array(histories[history], history === 'small' ? { minLength: 20, maxLength: 80 } : length);
    const property = fc.property(steps, (happenings) => {
      holds(start, happenings, without);
    });
    const { failed, errorInstance } = fc.check(property, { numRuns: 200_000, seed: 1, endOnFailure: true });
    expect(failed).toBe(true);
    expect(errorInstance).toBeInstanceOf(Violation);
    // The message says what happened, should it be another invariant.
    expect((errorInstance as Violation).message).toMatch(invariant);
  });
});
