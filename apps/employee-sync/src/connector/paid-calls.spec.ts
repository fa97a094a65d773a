import { createLogger } from '@huma-poweroffice/platform';
import type { Connector, Permit, PowerOfficeToken, TokenAnswer } from './connector.js';
import { PaidCalls } from './paid-calls.js';
import { Tokens } from './tokens.js';

/** A connector that grants a new token each time, and what was reported to it. */
const aWorld = () => {
  const asked: (string | undefined)[] = [];
  const reports: string[] = [];
  const connector = {
    accessToken: async (_: string, refused?: string): Promise<TokenAnswer> => {
      asked.push(refused);
      const accessToken = `t${String(asked.length)}`;
      const token = { accessToken, clientId: 'c', subscriptionKey: 's', usableUntil: performance.now() + 60_000 };
      return { outcome: 'granted', token };
    },
    reportPermit: () => undefined,
    reportRefusal: (_: string, kind: string) => void reports.push(kind),
    reportRateLimited: () => void reports.push('rate-limited'),
  } as unknown as Connector;
  const tokens = new Tokens(connector, () => undefined);
  const calls = new PaidCalls(connector, tokens, createLogger('test', 'fatal'));
  const now = performance.now();
  const permit: Permit = { id: 'p', notBefore: now, validUntil: now + 60_000, arrivalMs: 60_000 };
  const make = async (outcome: object): Promise<PowerOfficeToken | null> => {
    const token = await tokens.get('connection');
    if (token) await calls.make({ connectionId: 'connection', token, permit, timeoutMs: 1000 }, async () => outcome);
    return token;
  };
  return { asked, reports, make };
};
const refused = { outcome: 'failed', failure: { kind: 'unauthorized', code: 'token-refused', status: 401 } };
const gateway = { outcome: 'failed', failure: { kind: 'unavailable', code: 'gateway-refused', status: 401 } };
const rejected = { outcome: 'failed', failure: { kind: 'rejected', code: 'validation', status: 400 } };
const found = { outcome: 'found', value: {} };

describe('a token that PowerOffice refuses', () => {
  it('is replaced at once; the second in a row is about the key, and no third is asked for at once', async () => {
    const { asked, reports, make } = aWorld();
    expect((await make(refused))?.accessToken).toBe('t1');
    expect(reports).toEqual([]);
    expect((await make(refused))?.accessToken).toBe('t2');
    expect(reports).toEqual(['key']);
    expect(await make(refused)).toBeNull();
    expect(asked).toEqual([undefined, 't1']);
  });

  it.each([
    ['an answer', found],
    ['a refusal of a value', rejected],
  ])('says nothing about the key after %s', async (_, between) => {
    const { reports, make } = aWorld();
    for (const outcome of [refused, between, refused, between, refused]) await make(outcome);
    expect(reports).toEqual([]);
  });

  it('by the gateway says nothing about token or key', async () => {
    const { asked, reports, make } = aWorld();
    for (let n = 0; n < 5; n += 1) expect((await make(gateway))?.accessToken).toBe('t1');
    expect(asked).toHaveLength(1);
    expect(reports).toEqual([]);
  });

  it('by the gateway is replaced, and is never about the key', async () => {
    const { asked, reports, make } = aWorld();
    const bearer = { outcome: 'failed', failure: { kind: 'unavailable', code: 'token-refused', status: 401 } };
    for (let n = 0; n < 5; n += 1) await make(bearer);
    expect(asked.length).toBeGreaterThan(1);
    expect(reports).toEqual([]);
  });

  it('is counted once, however many requests were made with it', async () => {
    const { reports, make } = aWorld();
    await Promise.all([make(refused), make(refused), make(refused)]);
    expect(reports).toEqual([]);
  });
});
