import fc from 'fast-check';
import { classify, readRetryAfter, type ErrorAnswer, type Failure } from './failure.js';
import { failedRead, failedWrite } from './outcome.js';
import { maskText } from './problem.js';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const answer = (status: number, body: unknown = '', headers: Partial<ErrorAnswer> = {}): ErrorAnswer => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  receivedAt: NOON,
  ...headers,
});
const gateway = (statusCode: number) => ({ statusCode, message: 'Access denied due to invalid subscription key.' });

describe('classify', () => {
  it.each<[string, ErrorAnswer, Failure]>([
    [
      'a refusal in PascalCase',
      answer(400, { Title: 'Employee validation error(s)', Detail: 'Department not found.', Status: 400 }),
      {
        kind: 'rejected',
        code: 'validation',
        status: 400,
        title: 'Employee validation error(s)',
        detail: 'Department not found.',
      },
    ],
    [
      'a refusal in camelCase',
      answer(400, { title: 'Missing privilege', status: 400, detail: 'The integration lacks it.' }),
      {
        kind: 'rejected',
        code: 'validation',
        status: 400,
        title: 'Missing privilege',
        detail: 'The integration lacks it.',
      },
    ],
    [
      "ASP.NET's dictionary of errors",
      answer(400, {
        title: 'One or more validation errors occurred.',
        errors: { Number: ['The field is required.', 7], X: 'Odd.' },
      }),
      {
        kind: 'rejected',
        code: 'validation',
        status: 400,
        title: 'One or more validation errors occurred.',
        fieldErrors: [
          { field: 'Number', messages: ['The field is required.'] },
          { field: 'X', messages: ['Odd.'] },
        ],
      },
    ],
    [
      'a body that is no JSON',
      answer(400, '<html>Bad Request</html>'),
      { kind: 'rejected', code: 'validation', status: 400 },
    ],
    ['an empty body', answer(422), { kind: 'rejected', code: 'validation', status: 422 }],
    ['a JSON text that is no object', answer(400, '"no"'), { kind: 'rejected', code: 'validation', status: 400 }],
    [
      'members of wrong types',
      answer(400, { title: 1, detail: null, errors: ['x'] }),
      { kind: 'rejected', code: 'validation', status: 400 },
    ],
    ['a refused token', answer(401), { kind: 'unauthorized', code: 'token-refused', status: 401 }],
    [
      'a refused token, said by the gateway',
      answer(401, { statusCode: 401, message: 'Unauthorized.' }, { wwwAuthenticate: 'Bearer error="invalid_token"' }),
      { kind: 'unauthorized', code: 'token-refused', status: 401, detail: 'Unauthorized.' },
    ],
    [
      'a refused subscription key',
      answer(401, gateway(401)),
      { kind: 'unavailable', code: 'subscription-key-refused', status: 401, detail: gateway(401).message },
    ],
    [
      'a refused subscription key, said by a header alone',
      answer(401, '', { wwwAuthenticate: 'AzureApiManagementKey realm="https://goapi.poweroffice.net/v2"' }),
      { kind: 'unavailable', code: 'subscription-key-refused', status: 401 },
    ],
    ['a missing privilege', answer(403), { kind: 'forbidden', code: 'forbidden', status: 403 }],
    [
      "the gateway's quota",
      answer(403, { statusCode: 403, message: 'Out of call volume quota.' }, { retryAfter: '60' }),
      {
        kind: 'unavailable',
        code: 'gateway-refused',
        status: 403,
        detail: 'Out of call volume quota.',
        retryAfterMs: 60_000,
      },
    ],
    [
      'nobody there',
      answer(404, { detail: 'Employee not found.' }),
      { kind: 'not-found', code: 'not-found', status: 404, detail: 'Employee not found.' },
    ],
    [
      'a conflict',
      answer(409, { title: 'Employee conflict' }),
      { kind: 'rejected', code: 'conflict', status: 409, title: 'Employee conflict' },
    ],
    [
      'too many requests',
      answer(429, { statusCode: '429', message: 'Rate limit is exceeded.' }, { retryAfter: '3' }),
      { kind: 'unavailable', code: 'rate-limited', status: 429, detail: 'Rate limit is exceeded.', retryAfterMs: 3000 },
    ],
    [
      'too many requests, without a time',
      answer(429),
      { kind: 'unavailable', code: 'rate-limited', status: 429, retryAfterMs: 1000 },
    ],
    ['a body too large for it', answer(413), { kind: 'bug', code: 'unexpected-status', status: 413 }],
    ['a method it does not know', answer(405), { kind: 'bug', code: 'unexpected-status', status: 405 }],
  ])('%s', (_, failed, expected) => {
    expect(classify(failed, 'write')).toEqual(expected);
    expect(classify(failed, 'read')).toEqual(expected);
  });

  it.each([500, 502, 503, 504, 599])('%i: a read may be tried again, a write may have been done', (status) => {
    expect(classify(answer(status), 'read')).toMatchObject({ kind: 'unavailable', code: 'server-error' });
    expect(classify(answer(status), 'write')).toMatchObject({ kind: 'unknown', code: 'server-error' });
  });

  it('takes a redirect for a bug of ours, and a write that ended in one for unknown', () => {
    expect(classify(answer(302), 'read')).toMatchObject({ kind: 'bug', code: 'unexpected-status' });
    expect(classify(answer(302), 'write')).toMatchObject({ kind: 'unknown', code: 'unexpected-status' });
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
});

describe('outcomes', () => {
  it('of a write: 4xx was not done, everything else may have been', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), fc.string(), (status, body) => {
        const { outcome } = failedWrite(answer(status, body));
        expect(outcome).toBe(status >= 400 && status < 500 ? 'refused' : 'unknown');
      }),
    );
    expect(failedWrite({ sent: false, code: 'not-connected' }).outcome).toBe('not-sent');
    expect(failedWrite({ sent: true, code: 'timed-out' }).outcome).toBe('unknown');
  });

  it('of a read: only 404 says that there is nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), (status) => {
        expect(failedRead(answer(status)).outcome).toBe(status === 404 ? 'not-found' : 'failed');
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
