import { fields } from './fields.js';
import { waits, reasons, type ReasonCode, type WaitsFor } from './reasons.js';

describe('the reasons', () => {
  it('all wait for something that ends', () => {
    for (const { waitsFor } of Object.values(reasons)) expect(waits[waitsFor].endsWith).not.toBe('');
  });

  it('have a reason for each wait, so that no wait is dead', () => {
    const used = new Set(Object.values(reasons).map(({ waitsFor }) => waitsFor));
    expect(Object.keys(waits).filter((wait) => !used.has(wait as WaitsFor))).toEqual([]);
  });

  it('concern fields that exist', () => {
    for (const code of Object.keys(reasons) as ReasonCode[])
      for (const field of reasons[code].fields ?? []) expect(fields).toContain(field);
  });
});
