import { PaidRequests, type Budget } from './paid-requests.js';
import type { Permit } from './request-budget.js';

const aBudget = (permit: Permit | null) => {
  const calls: unknown[][] = [];
  const budget: Budget = {
    acquire: async () => permit,
    report: async (...all) => void calls.push(['report', ...all]),
    rateLimited: async (ms) => void calls.push(['rate-limited', ms]),
  };
  return { calls, paid: new PaidRequests(budget, { permitWaitMs: 1000 }) };
};
const turn = { permitClass: 'live', customer: { organizationId: 'o', connectionId: 'c' } } as const;
const permit = { permitId: 'p', notBeforeMs: 0, validForMs: 60_000, arrivalMs: 60_000 };

describe('PaidRequests', () => {
  it('reports a request that was sent', async () => {
    const { calls, paid } = aBudget(permit);
    expect(await paid.send(turn, async (beforeSend) => ({ sent: beforeSend() }))).toEqual({ sent: true });
    expect(calls).toEqual([['report', 'p', true, 0]]);
  });

  it('sends nothing before the permit’s slot is free', async () => {
    const { paid } = aBudget({ ...permit, notBeforeMs: 300 });
    const order: string[] = [];
    const sending = paid.send(turn, async (beforeSend) => {
      order.push('sends');
      return { sent: beforeSend() };
    });
    await new Promise((done) => setImmediate(done));
    order.push('somebody else');
    expect(await sending).toEqual({ sent: true });
    expect(order).toEqual(['somebody else', 'sends']);
  });

  it('sends nothing when the permit has ended, and gives it back', async () => {
    const { calls, paid } = aBudget({ ...permit, validForMs: 0 });
    expect(await paid.send(turn, async (beforeSend) => ({ sent: beforeSend() }))).toEqual({ sent: false });
    expect(calls).toEqual([['report', 'p', false]]);
  });

  it('says that nobody may send for a while', async () => {
    const { calls, paid } = aBudget(permit);
    await paid.send(turn, async (beforeSend) => {
      beforeSend();
      return { failure: { kind: 'unavailable', code: 'rate-limited', retryAfterMs: 3000 } as const };
    });
    expect(calls).toContainEqual(['rate-limited', 3000]);
  });

  it('gives the permit back when the request fails before it is sent', async () => {
    const { calls, paid } = aBudget(permit);
    await expect(paid.send(turn, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(calls).toEqual([['report', 'p', false]]);
  });

  it('is a failure that passes when no permit comes', async () => {
    const { paid } = aBudget(null);
    const answer = await paid.send(turn, async () => ({}));
    expect(answer).toMatchObject({ outcome: 'failed', failure: { kind: 'unavailable' } });
  });
});
