import fc from 'fast-check';
import { answeredBy, type AnsweredBy } from './answered-by.js';
import { classify, readRetryAfter, type ErrorAnswer, type Failure } from './failure.js';
import { failedRead, failedWrite, type ReadOutcome } from './outcome.js';
import { maskText } from './problem.js';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const answer = (status: number, body: unknown = '', headers: Partial<ErrorAnswer> = {}): ErrorAnswer => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  receivedAt: NOON,
  ...headers,
});
const bearer = { wwwAuthenticate: 'Bearer error="invalid_token"' };

describe('answeredBy', () => {
  const denied = 'Access denied due to invalid subscription key.';
  it.each<[string, ErrorAnswer, AnsweredBy]>([
    ['a problem in PascalCase', answer(400, { Title: 'Wrong', Status: 400 }), 'poweroffice'],
    ['a problem in camelCase', answer(404, { detail: 'Not found' }), 'poweroffice'],
    ["ASP.NET's errors", answer(400, { errors: { Number: ['Required'] } }), 'poweroffice'],
    ["the token endpoint's error", answer(400, { error: 'invalid_client' }), 'poweroffice'],
    ['401 without a body', answer(401, '', bearer), 'poweroffice'],
    ['401 without a body or a header', answer(401), 'poweroffice'],
    ['403 without a body, as documented', answer(403), 'poweroffice'],
    ['any JSON of a success', answer(200, [{ Id: 1 }]), 'poweroffice'],
    ['a subscription key that is refused', answer(401, { statusCode: 401, message: denied }), 'gateway'],
    ['a resource that the gateway does not know', answer(404, { statusCode: 404, message: 'No' }), 'gateway'],
    ['a success of the gateway', answer(200, { statusCode: 200, message: 'Hello' }), 'gateway'],
    [
      'a subscription key, by a header',
      answer(401, '', { wwwAuthenticate: 'AzureApiManagementKey realm="x"' }),
      'gateway',
    ],
    ['429 without a body', answer(429), 'gateway'],
    ['a proxy that wants a password', answer(401, '', { wwwAuthenticate: 'Basic realm="proxy"' }), 'page'],
    ['HTML', answer(403, '<!DOCTYPE html><p>The request is blocked.'), 'page'],
    ['JSON of another form', answer(404, { ok: false }), 'page'],
    ['JSON that is no object', answer(400, '"no"'), 'page'],
    ['404 without a body', answer(404), 'page'],
    ['200 without a body', answer(200), 'page'],
  ])('%s', (_, failed, by) => expect(answeredBy(failed)).toBe(by));
});

describe('classify', () => {
  const bodies: Readonly<Record<AnsweredBy, object | string>> = {
    poweroffice: { title: 'Wrong' },
    gateway: { statusCode: 0, message: 'Wrong' },
    page: '<html>',
  };
  const by = (who: AnsweredBy, status: number) => answer(status, bodies[who]);

  it.each<[AnsweredBy, number, string, string, string]>([
    // who answered, status, what a read is, what a write is, the code
    ['poweroffice', 200, 'unavailable', 'unknown', 'unreadable-answer'],
    ['poweroffice', 302, 'unavailable', 'unknown', 'unexpected-status'],
    ['poweroffice', 400, 'rejected', 'rejected', 'validation'],
    ['poweroffice', 401, 'unauthorized', 'unauthorized', 'token-refused'],
    ['poweroffice', 403, 'forbidden', 'forbidden', 'forbidden'],
    ['poweroffice', 404, 'not-found', 'not-found', 'not-found'],
    ['poweroffice', 405, 'bug', 'bug', 'unexpected-status'],
    ['poweroffice', 408, 'unavailable', 'unavailable', 'timed-out'],
    ['poweroffice', 409, 'rejected', 'rejected', 'conflict'],
    ['poweroffice', 415, 'bug', 'bug', 'unexpected-status'],
    ['poweroffice', 422, 'rejected', 'rejected', 'validation'],
    ['poweroffice', 429, 'unavailable', 'unavailable', 'rate-limited'],
    ['poweroffice', 500, 'unavailable', 'unknown', 'server-error'],
    ['poweroffice', 503, 'unavailable', 'unknown', 'server-error'],
    ['gateway', 200, 'unavailable', 'unknown', 'unreadable-answer'],
    ['gateway', 302, 'unavailable', 'unknown', 'unexpected-status'],
    ['gateway', 400, 'unavailable', 'unavailable', 'gateway-refused'],
    ['gateway', 401, 'unavailable', 'unavailable', 'subscription-key-refused'],
    ['gateway', 403, 'unavailable', 'unavailable', 'gateway-refused'],
    ['gateway', 404, 'unavailable', 'unavailable', 'gateway-refused'],
    ['gateway', 408, 'unavailable', 'unavailable', 'gateway-refused'],
    ['gateway', 429, 'unavailable', 'unavailable', 'rate-limited'],
    ['gateway', 500, 'unavailable', 'unknown', 'server-error'],
    ['gateway', 504, 'unavailable', 'unknown', 'server-error'],
    ['page', 200, 'unavailable', 'unknown', 'unreadable-answer'],
    ['page', 302, 'unavailable', 'unknown', 'foreign-answer'],
    ['page', 400, 'unavailable', 'unknown', 'foreign-answer'],
    ['page', 401, 'unavailable', 'unknown', 'foreign-answer'],
    ['page', 403, 'unavailable', 'unknown', 'foreign-answer'],
    ['page', 404, 'unavailable', 'unknown', 'foreign-answer'],
    ['page', 409, 'unavailable', 'unknown', 'foreign-answer'],
    ['page', 429, 'unavailable', 'unknown', 'rate-limited'],
    ['page', 500, 'unavailable', 'unknown', 'server-error'],
    ['page', 502, 'unavailable', 'unknown', 'server-error'],
  ])('%s, %i: %s for a read, %s for a write, %s', (who, status, read, write, code) => {
    expect(classify(by(who, status), 'read')).toMatchObject({ kind: read, code, status, answeredBy: who });
    expect(classify(by(who, status), 'write')).toMatchObject({ kind: write, code, status, answeredBy: who });
  });

  it.each([
    [false, 'not-connected', 'unavailable', 'unavailable'],
    [false, 'deadline-passed', 'unavailable', 'unavailable'],
    [false, 'url-too-long', 'bug', 'bug'],
    [true, 'timed-out', 'unavailable', 'unknown'],
    [true, 'connection-lost', 'unavailable', 'unknown'],
    [true, 'cancelled', 'unavailable', 'unknown'],
  ] as const)('sent %s, %s: %s for a read, %s for a write', (sent, code, read, write) => {
    expect(classify({ sent, code }, 'read')).toEqual({ kind: read, code });
    expect(classify({ sent, code }, 'write')).toEqual({ kind: write, code });
  });

  it('takes a token that the gateway refuses as a reason to renew it, not to doubt the key', () => {
    const refused = answer(401, { statusCode: 401, message: 'Unauthorized.' }, bearer);
    for (const effect of ['read', 'write'] as const)
      expect(classify(refused, effect)).toMatchObject({ kind: 'unavailable', code: 'token-refused' });
  });

  it.each<[string, ErrorAnswer, Partial<Failure>]>([
    [
      'PascalCase',
      answer(400, { Title: 'Employee validation error(s)', Detail: 'Department not found.', Status: 400 }),
      { title: 'Employee validation error(s)', detail: 'Department not found.' },
    ],
    [
      'camelCase',
      answer(400, { title: 'Missing privilege', status: 400, detail: 'The integration lacks it.' }),
      { title: 'Missing privilege', detail: 'The integration lacks it.' },
    ],
    [
      "ASP.NET's dictionary of errors",
      answer(400, {
        title: 'One or more validation errors occurred.',
        errors: { Number: ['The field is required.', 7], X: 'Odd.' },
      }),
      {
        title: 'One or more validation errors occurred.',
        fieldErrors: [
          { field: 'Number', messages: ['The field is required.'] },
          { field: 'X', messages: ['Odd.'] },
        ],
      },
    ],
    ["the gateway's message", answer(403, { statusCode: 403, message: 'Out of quota.' }), { detail: 'Out of quota.' }],
  ])('keeps the texts of %s', (_, failed, texts) => {
    const { kind: _kind, code: _code, status: _status, answeredBy: _by, ...rest } = classify(failed, 'write');
    expect(rest).toEqual(texts);
  });

  it.each<[string, ErrorAnswer]>([
    ['members of wrong types', answer(400, { title: 1, detail: null, errors: ['x'] })],
    ['a page', answer(400, '<html>Kari Nordmann')],
  ])('keeps no text of %s', (_, failed) => {
    expect(Object.keys(classify(failed, 'write')).sort()).toEqual(['answeredBy', 'code', 'kind', 'status']);
  });

  it.each<[string, ErrorAnswer, number | undefined]>([
    ['a quota', answer(403, { statusCode: 403, message: 'Out of quota.' }, { retryAfter: '60' }), 60_000],
    ['too many requests', answer(429, { statusCode: '429', message: 'Wait.' }, { retryAfter: '3' }), 3000],
    ['too many requests, without a time', answer(429), 1000],
    ['a page that asks to wait', answer(503, '<html>', { retryAfter: '5' }), 5000],
    ['a refusal', answer(400, { title: 'Wrong' }), undefined],
  ])('says how long %s waits', (_, failed, wait) => {
    expect(classify(failed, 'read').retryAfterMs).toBe(wait);
  });
});

describe('outcomes', () => {
  const anyAnswer = fc.record({
    status: fc.integer({ min: 200, max: 599 }),
    body: fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('{"title":"Wrong"}', '{"statusCode":404,"message":"No"}', '<html>', ''),
    ),
    wwwAuthenticate: fc.constantFrom('Bearer', 'AzureApiManagementKey', 'Basic', undefined),
    receivedAt: fc.constant(NOON),
  });

  it('of a write: refused only by PowerOffice, not sent only by the gateway', () => {
    fc.assert(
      fc.property(anyAnswer, (failed) => {
        const { outcome } = failedWrite(failed);
        const by = answeredBy(failed);
        const clientError = failed.status >= 400 && failed.status < 500;
        if (outcome === 'refused') expect([by, clientError]).toEqual(['poweroffice', true]);
        if (outcome === 'not-sent') expect([by !== 'page', clientError]).toEqual([true, true]);
        if (by === 'page' || !clientError) expect(outcome).toBe('unknown');
      }),
    );
  });

  it('of a write without an answer', () => {
    expect(failedWrite({ sent: false, code: 'not-connected' }).outcome).toBe('not-sent');
    expect(failedWrite({ sent: false, code: 'url-too-long' }).outcome).toBe('not-sent');
    expect(failedWrite({ sent: true, code: 'timed-out' }).outcome).toBe('unknown');
  });

  it("of a read: only PowerOffice's own 404 says that there is nothing", () => {
    fc.assert(
      fc.property(anyAnswer, (failed) => {
        const nothing = failed.status === 404 && answeredBy(failed) === 'poweroffice';
        const { outcome, failure } = failedRead(failed) as Extract<ReadOutcome<never>, { failure: Failure }>;
        expect(outcome).toBe(nothing ? 'not-found' : 'failed');
        if (failure.answeredBy !== 'poweroffice') expect(failure.kind).toBe('unavailable');
      }),
    );
    expect(failedRead({ sent: true, code: 'connection-lost' }).outcome).toBe('failed');
  });
});

describe('readRetryAfter', () => {
  it.each([
    ['2', 2000],
    ['0', 1000],
    ['0.5', 1000],
    ['1.5', 1500],
    ['Tue, 24 Nov 2026 12:00:05 GMT', 5000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 1000],
    ['999999', 3_600_000],
    ['soon', 1000],
    ['', 1000],
    [undefined, 1000],
  ])('%j waits %i ms', (header, wait) => expect(readRetryAfter(header, NOON)).toBe(wait));
});

describe('maskText', () => {
  it.each([
    [
      "ExternalImportReference is already in use. 'ABC123' is used on (contact) Id = 123456789.",
      "ExternalImportReference is already in use. '…' is used on (contact) Id = ….",
    ],
    ['Account 1234 56 78903 is wrong', 'Account … is wrong'],
    ['30011679680', '…'],
    ['Mail kari@example.no is used', 'Mail …@… is used'],
    ['Value "Kari Nordmann" of FirstName', 'Value "…" of FirstName'],
    ["It doesn't work, it can't", "It doesn't work, it can't"],
    ['Max length 50 characters, 2026', 'Max length 50 characters, 2026'],
  ])('%s', (text, masked) => expect(maskText(text)).toBe(masked));

  it('lets no long number and no email through, and is short', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.stringMatching(/^[0-9]{5,20}$/),
        fc.emailAddress(),
        fc.string(),
        (a, number, email, b) => {
          const masked = maskText(`${a} ${number} ${email} ${b}`);
          expect(masked).not.toContain(number);
          expect(masked).not.toContain(email);
          expect(masked.length).toBeLessThanOrEqual(500);
        },
      ),
    );
  });
});
