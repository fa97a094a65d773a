import { PermitUse } from './permit-use.js';
import type { Connector, Permit } from './connector.js';

const aUse = (change: Partial<Permit> = {}) => {
  const now = performance.now();
  const reports: (number | null)[] = [];
  const connector = { reportPermit: (_: Permit, ago: number | null) => void reports.push(ago) } as Connector;
  const permit = { id: 'p', notBefore: now, validUntil: now + 60_000, arrivalMs: 60_000, ...change };
  return { reports, use: new PermitUse(connector, permit, Infinity) };
};

it('nothing is sent before the permit’s slot is free', async () => {
  const { use } = aUse({ notBefore: performance.now() + 500 });
  expect(use.begin()).toBe(false);
  await use.ready();
  expect(use.begin()).toBe(true);
  use.end();
});

it('nothing is sent after the permit has ended, and it is given back', () => {
  const { use, reports } = aUse({ validUntil: performance.now() - 1 });
  expect(use.begin()).toBe(false);
  use.end();
  expect(reports).toEqual([null]);
});

it('a request that was sent is reported once', () => {
  const { use, reports } = aUse();
  expect(use.begin()).toBe(true);
  use.end();
  use.end();
  expect(reports).toEqual([0]);
});
