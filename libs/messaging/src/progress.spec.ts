import fc from 'fast-check';
import { placementOf, type LogBounds } from './positions.js';
import { endsOf, isReached, lagOf } from './progress.js';

const uuid = fc.constantFrom('a', 'b', null);
const offset = fc.nat(20).map(String);
const log: fc.Arbitrary<LogBounds> = fc
  .tuple(fc.nat(10), fc.nat(10), uuid)
  .map(([low, length, topicId]) => ({ low: String(low), high: String(low + length), topicId }));
const stored = fc.option(fc.record({ position: offset, topicId: uuid }));
const boundsOf = (bounds: LogBounds) => new Map([['t', new Map([[0, bounds]])]]);
const at = (position: string) => new Map([['t', new Map([[0, position]])]]);

describe('where reading begins', () => {
  it.each([
    ['nothing was read yet', null, 'first', '5'],
    ['the next record is there', { position: '7', topicId: 'a' }, 'continue', '7'],
    ['everything was read', { position: '9', topicId: 'a' }, 'continue', '9'],
    ['the id was not known', { position: '7', topicId: null }, 'continue', '7'],
    ['records were removed unread', { position: '4', topicId: 'a' }, 'gap', '5'],
    ['the log is shorter', { position: '10', topicId: 'a' }, 'gap', '5'],
    ['it is another topic', { position: '7', topicId: 'b' }, 'gap', '5'],
  ])('%s', (_, position, kind, begin) => {
    expect(placementOf(position, { low: '5', high: '9', topicId: 'a' }, null)).toMatchObject({ kind, at: begin });
  });

  it.each([
    ['nothing was read yet', null, '7', 'first', '7'],
    ['records were removed unread', { position: '4', topicId: 'a' }, '7', 'gap', '7'],
    ['the void part is gone from the log', null, '3', 'first', '5'],
    ['it was said of a longer log', null, '10', 'first', '5'],
    ['it is another topic', { position: '7', topicId: 'b' }, '7', 'gap', '5'],
    ['it was read before', { position: '6', topicId: 'a' }, '7', 'continue', '6'],
  ])('what was declared void is not read: %s', (_, position, notBefore, kind, begin) => {
    expect(placementOf(position, { low: '5', high: '9', topicId: 'a' }, notBefore)).toMatchObject({ kind, at: begin });
  });

  it('lies in the log, and never beyond what was read without a word', () => {
    fc.assert(
      fc.property(stored, log, fc.option(offset), (position, bounds, notBefore) => {
        const placement = placementOf(position, bounds, notBefore);
        expect(Number(placement.at)).toBeGreaterThanOrEqual(Number(bounds.low));
        expect(Number(placement.at)).toBeLessThanOrEqual(Number(bounds.high));
        if (placement.kind === 'continue') expect(placement.at).toBe(position?.position);
      }),
    );
  });
});

describe('how far it is', () => {
  it('is at the end exactly when nothing is left', () => {
    fc.assert(
      fc.property(log, offset, (bounds, position) => {
        const lag = lagOf(boundsOf(bounds), at(position))[0]?.lag;
        expect(isReached(endsOf(boundsOf(bounds)), boundsOf(bounds), at(position))).toBe(lag === 0);
      }),
    );
  });

  it('does not wait for what came later, nor for a log that is gone', () => {
    const ends = endsOf(boundsOf({ low: '0', high: '7', topicId: null }));
    expect(isReached(ends, boundsOf({ low: '0', high: '99', topicId: null }), at('7'))).toBe(true);
    expect(isReached(ends, boundsOf({ low: '0', high: '99', topicId: null }), at('6'))).toBe(false);
    expect(isReached(ends, boundsOf({ low: '0', high: '2', topicId: null }), at('2'))).toBe(true);
    expect(isReached(ends, boundsOf({ low: '0', high: '2', topicId: null }), new Map())).toBe(false);
  });
});
