import fc from 'fast-check';
import { classifyHuma, failedHumaRead, failedHumaWrite, type HumaErrorAnswer, type HumaFailure } from './failure.js';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const answer = (status: number, body: unknown = '', retryAfter?: string): HumaErrorAnswer => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  receivedAt: NOON,
  retryAfter,
});

describe('classifyHuma', () => {
  it.each<[HumaErrorAnswer, HumaFailure]>([
    [
      answer(400, { errorCode: 'field:invalid-format', errorMessage: 'kari@example.no is taken', fields: ['email'] }),
      { kind: 'rejected', code: 'validation', status: 400, errorCode: 'field:invalid-format', fields: ['email'] },
    ],
    [
      answer(400, { errorCode: 7, fields: 'phone' }),
      { kind: 'rejected', code: 'validation', status: 400, fields: ['phone'] },
    ],
    [answer(400, '<html>'), { kind: 'rejected', code: 'validation', status: 400 }],
    [answer(400, 'null'), { kind: 'rejected', code: 'validation', status: 400 }],
    [
      answer(401, { error: 'invalid_token', error_description: 'User does not exist' }),
      { kind: 'unauthorized', code: 'token-refused', status: 401, errorCode: 'invalid_token' },
    ],
    [answer(403), { kind: 'forbidden', code: 'forbidden', status: 403 }],
    [
      answer(404, { errorCode: 'object:not-found', interpolations: { id: 'x' } }),
      { kind: 'not-found', code: 'not-found', status: 404, errorCode: 'object:not-found' },
    ],
    [answer(409), { kind: 'rejected', code: 'conflict', status: 409 }],
    [answer(429), { kind: 'unavailable', code: 'rate-limited', status: 429, retryAfterMs: 1000 }],
    [answer(429, '', '5'), { kind: 'unavailable', code: 'rate-limited', status: 429, retryAfterMs: 5000 }],
    [
      answer(429, '', 'Tue, 24 Nov 2026 12:00:09 GMT'),
      { kind: 'unavailable', code: 'rate-limited', status: 429, retryAfterMs: 9000 },
    ],
    [answer(415), { kind: 'bug', code: 'unexpected-status', status: 415 }],
  ])('%j', (failed, failure) => {
    expect(classifyHuma(failed, 'read')).toEqual(failure);
    expect(classifyHuma(failed, 'write')).toEqual(failure);
  });

  it('says only names, never a text', () => {
    const body = { errorCode: 'Kari Nordmann', fields: ['email', 'kari nordmann', 'a@b.no', '1'.repeat(200)] };
    expect(classifyHuma(answer(400, body), 'write')).toEqual({
      kind: 'rejected',
      code: 'validation',
      status: 400,
      fields: ['email'],
    });
  });

  it('takes only 4xx, and what never left, for not done', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), (status) => {
        expect(failedHumaWrite(answer(status)).outcome).toBe(status >= 400 && status < 500 ? 'refused' : 'unknown');
        expect(failedHumaRead(answer(status)).outcome).toBe(status === 404 ? 'not-found' : 'failed');
      }),
    );
    expect(failedHumaWrite({ sent: false, code: 'not-connected' }).outcome).toBe('not-sent');
    expect(failedHumaWrite({ sent: true, code: 'timed-out' }).outcome).toBe('unknown');
    expect(failedHumaRead({ sent: true, code: 'timed-out' })).toMatchObject({ failure: { kind: 'unavailable' } });
  });
});
