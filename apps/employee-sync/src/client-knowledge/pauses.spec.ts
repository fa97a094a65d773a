import type { Failure } from '@huma-poweroffice/poweroffice';
import { failurePauseMs, lookPauseMs, readingFailure } from './pauses.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

it.each<[Failure, string]>([
  [{ kind: 'forbidden', code: 'forbidden' }, 'not-permitted'],
  [{ kind: 'unavailable', code: 'unreadable-answer' }, 'employees-unreadable'],
  [{ kind: 'unavailable', code: 'answer-does-not-fit' }, 'employees-unreadable'],
  [{ kind: 'unavailable', code: 'answer-too-large' }, 'employees-unreadable'],
  [{ kind: 'rejected', code: 'validation' }, 'employees-unreadable'],
  [{ kind: 'not-found', code: 'not-found' }, 'employees-unreadable'],
  [{ kind: 'unavailable', code: 'server-error' }, 'poweroffice-unavailable'],
  [{ kind: 'unavailable', code: 'foreign-answer' }, 'poweroffice-unavailable'],
  [{ kind: 'unauthorized', code: 'token-refused' }, 'poweroffice-unavailable'],
])('%j is reported as %s', (failure, reason) => expect(readingFailure(failure)).toBe(reason));

it('what cannot be read is asked for after minutes, then hours, then once a day', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 100].map((n) => failurePauseMs('employees-unreadable', n) / MINUTE);
  expect(pauses).toEqual([1, 4, 16, 64, 256, 1024, 1440, 1440]);
});

it('an outage is tried sooner, up to once an hour', () => {
  const pauses = [1, 2, 3, 100].map((n) => failurePauseMs('poweroffice-unavailable', n));
  expect(pauses).toEqual([5000, 10_000, 20_000, 60 * MINUTE]);
});

it('who waits for a change is looked for less and less often, at the end once a day', () => {
  expect([0, 1, 2, 5].map((n) => lookPauseMs(n) / MINUTE)).toEqual([1, 2, 4, 32]);
  expect(lookPauseMs(1000)).toBe(DAY);
});
