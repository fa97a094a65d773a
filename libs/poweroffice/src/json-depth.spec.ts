import fc from 'fast-check';
import { isTooDeep } from './json-depth.js';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('isTooDeep', () => {
  it('counts as JSON.parse would, whatever the strings hold', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 6, stringUnit: fc.constantFrom('[', '{', '"', '\\', 'a') }),
        fc.nat(5),
        (json, deepest) => {
          expect(isTooDeep(json, deepest)).toBe(depthOf(JSON.parse(json)) > deepest);
        },
      ),
    );
  });

  it('refuses millions of brackets without parsing them', () => {
    expect(isTooDeep('['.repeat(4_000_000))).toBe(true);
    expect(isTooDeep('{"a":'.repeat(1_000_000))).toBe(true);
  });

  it('leaves what is no JSON to the parser', () => {
    expect(isTooDeep('"[[[[')).toBe(false);
    expect(isTooDeep(']]]]')).toBe(false);
  });
});
