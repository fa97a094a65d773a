import fc from 'fast-check';
import { classifyHuma, failedHumaRead, failedHumaWrite, type HumaErrorAnswer, type HumaFailure } from './failure.js';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const answer = (status: number, body: unknown = '', retryAfter?: string): HumaErrorAnswer => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  receivedAt: NOON,
  retryAfter,
});

const own = { errorCode: 'field:invalid-format' };

describe('classifyHuma', () => {
  it.each<[string, HumaErrorAnswer, string, string, string, string]>([
    // what was answered, by whom, what a read is, what a write is, the code
    ['its own 400', answer(400, own), 'huma', 'rejected', 'rejected', 'validation'],
    ['its own 401', answer(401, { error: 'invalid_token' }), 'huma', 'unauthorized', 'unauthorized', 'token-refused'],
    ['its own 403', answer(403, own), 'huma', 'forbidden', 'forbidden', 'forbidden'],
    ['403 without a body', answer(403), 'huma', 'forbidden', 'forbidden', 'forbidden'],
    ['its own 404', answer(404, { errorCode: 'object:not-found' }), 'huma', 'not-found', 'not-found', 'not-found'],
    ['its own 408', answer(408, own), 'huma', 'unavailable', 'unavailable', 'timed-out'],
    ['409 without a body', answer(409), 'huma', 'rejected', 'rejected', 'conflict'],
    ['415 without a body', answer(415), 'huma', 'bug', 'bug', 'unexpected-status'],
    ['its own 422', answer(422, own), 'huma', 'rejected', 'rejected', 'validation'],
    ['429 without a body', answer(429), 'huma', 'unavailable', 'unavailable', 'rate-limited'],
    ['its own 500', answer(500, own), 'huma', 'unavailable', 'unknown', 'server-error'],
    ['its own 302', answer(302, own), 'huma', 'unavailable', 'unknown', 'unexpected-status'],
    ['a page of 200', answer(200, '<html>'), 'page', 'unavailable', 'unknown', 'unreadable-answer'],
    ['302 without a body', answer(302), 'page', 'unavailable', 'unknown', 'foreign-answer'],
    ['a page of 400', answer(400, '<html>'), 'page', 'unavailable', 'unknown', 'foreign-answer'],
    ['401 without a body', answer(401), 'page', 'unavailable', 'unknown', 'foreign-answer'],
    ['404 without a body', answer(404), 'page', 'unavailable', 'unknown', 'foreign-answer'],
    [
      'other JSON of 404',
      answer(404, { message: 'no Route matched' }),
      'page',
      'unavailable',
      'unknown',
      'foreign-answer',
    ],
    ['JSON that is no object', answer(400, 'null'), 'page', 'unavailable', 'unknown', 'foreign-answer'],
    ['a page of 403', answer(403, '<html>'), 'page', 'unavailable', 'unknown', 'foreign-answer'],
    ['a page of 429', answer(429, '<html>'), 'page', 'unavailable', 'unknown', 'rate-limited'],
    ['a page of 503', answer(503, '<html>'), 'page', 'unavailable', 'unknown', 'server-error'],
  ])('%s is of %s: %s for a read, %s for a write, %s', (_, failed, by, read, write, code) => {
    const { status } = failed;
    expect(classifyHuma(failed, 'read')).toMatchObject({ kind: read, code, status, answeredBy: by });
    expect(classifyHuma(failed, 'write')).toMatchObject({ kind: write, code, status, answeredBy: by });
  });

  it.each<[HumaErrorAnswer, Partial<HumaFailure>]>([
    [
      answer(400, { errorCode: 'field:invalid-format', errorMessage: 'kari@example.no is taken', fields: ['email'] }),
      { errorCode: 'field:invalid-format', fields: ['email'] },
    ],
    [answer(400, { errorCode: 7, fields: 'phone' }), { fields: ['phone'] }],
    [answer(401, { error: 'invalid_token', error_description: 'Kari' }), { errorCode: 'invalid_token' }],
    [answer(404, { errorCode: 'object:not-found', interpolations: { id: 'x' } }), { errorCode: 'object:not-found' }],
    [answer(429), { retryAfterMs: 1000 }],
    [answer(429, '', '5'), { retryAfterMs: 5000 }],
    [answer(429, '', 'Tue, 24 Nov 2026 12:00:09 GMT'), { retryAfterMs: 9000 }],
  ])('%j says %j', (failed, said) => {
    const { kind: _kind, code: _code, status: _status, answeredBy: _by, ...rest } = classifyHuma(failed, 'write');
    expect(rest).toEqual(said);
  });

  it('says only names, never a text', () => {
    const body = { errorCode: 'Kari Nordmann', fields: ['email', 'kari nordmann', 'a@b.no', '1'.repeat(200)] };
    expect(classifyHuma(answer(400, body), 'write')).toEqual({
      kind: 'rejected',
      code: 'validation',
      answeredBy: 'huma',
      status: 400,
      fields: ['email'],
    });
  });

  it('takes nothing for refused or absent but what Huma itself says', () => {
    const body = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '<html>', '{"errorCode":"a"}'));
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), body, (status, text) => {
        const failed = answer(status, text);
        const { answeredBy } = classifyHuma(failed, 'read');
        const clientError = status >= 400 && status < 500;
        const { outcome } = failedHumaWrite(failed);
        if (answeredBy === 'page' || !clientError) expect(outcome).toBe('unknown');
        else expect(['refused', 'not-sent']).toContain(outcome);
        expect(failedHumaRead(failed).outcome).toBe(answeredBy === 'huma' && status === 404 ? 'not-found' : 'failed');
      }),
    );
    expect(failedHumaWrite({ sent: false, code: 'not-connected' }).outcome).toBe('not-sent');
    expect(failedHumaWrite({ sent: true, code: 'timed-out' }).outcome).toBe('unknown');
    expect(failedHumaRead({ sent: true, code: 'timed-out' })).toMatchObject({ failure: { kind: 'unavailable' } });
  });
});
