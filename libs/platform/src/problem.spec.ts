import fc from 'fast-check';
import { decodeCursor, encodeCursor, etag, ProblemError, requireIfMatch } from './problem.js';

describe('problems', () => {
  it('have a stable code and no more than they should', () => {
    const errors = [{ path: 'settings.mail', message: 'is required' }];
    expect(new ProblemError(400, 'invalid', 'Not valid.', { errors, cause: new Error('inner') }).body()).toEqual({
      type: 'about:blank#invalid',
      title: 'Not valid.',
      status: 400,
      code: 'invalid',
      errors,
    });
  });

  it.each([
    [undefined, 428],
    ['"6"', 412],
    ['W/"6"', 412],
    ['W/"7"', null],
    ['7', null],
    ['7"', 412],
    ['"7"', null],
    ['"1", "7"', null],
    ['*', null],
  ])('If-Match %p against version 7: %p', (header, status) => {
    const look = (): void => {
      requireIfMatch(header, 7);
    };
    if (status === null) expect(look).not.toThrow();
    else expect(look).toThrow(expect.objectContaining({ status }) as Error);
    expect(etag(7)).toBe('"7"');
  });
});

describe('cursors', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer())), (place) => {
        expect(decodeCursor(encodeCursor(place), place.length)).toEqual(place);
      }),
    );
  });

  it('that are not ours are 400', () => {
    for (const wrong of ['', '!!', 'AAAA', encodeCursor([1]), Buffer.from('{"a":1}').toString('base64url')]) {
      expect(() => decodeCursor(wrong, 2)).toThrow(expect.objectContaining({ status: 400 }) as Error);
    }
  });
});
