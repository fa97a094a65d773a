import fc from 'fast-check';
import { urlBatches } from './batches.js';

describe('urlBatches', () => {
  it('keeps everything in order, in lists that fit in a URL and are no smaller than need be', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String), { maxLength: 500 }), (ids) => {
        const batches = urlBatches(ids);
        expect(batches.flat()).toEqual(ids);
        batches.forEach((batch, i) => {
          expect(batch.join(',').length).toBeLessThanOrEqual(1500);
          const next = batches[i + 1]?.[0];
          if (next !== undefined) expect([...batch, next].join(',').length).toBeGreaterThan(1500);
        });
      }),
    );
  });
});
