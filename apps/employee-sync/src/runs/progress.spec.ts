import { progressOf } from './progress.js';
import type { Run } from './run.js';
import { backOffMs } from './run-worker.js';

const run = (change: Partial<Run>): Run => ({
  ...{ id: 'r', organizationId: 'o', connectionId: 'c', clientId: 'p', state: 'review', stage: 'collected' },
  ...{ begunAt: new Date(0), begunBy: 'k', waitsFor: null, peopleAsOf: null, collectedAt: null, counts: {} },
  ...{ problems: [], planId: 'p', planHash: 'h', planned: 1000, executingAt: null, done: 0, givenBack: 0 },
  ...{ settledAt: null, finishedAt: null, failure: null },
  ...change,
});

it.each<[Partial<Run>, object]>([
  [
    { state: 'collecting', stage: 'huma', planned: 0 },
    { requestsLeft: 2, expectedSecondsLeft: 11, left: 0 },
  ],
  [
    { state: 'collecting', stage: 'matching', planned: 0 },
    { requestsLeft: 0, expectedSecondsLeft: 0 },
  ],
  [{ state: 'review' }, { left: 1000, expectedSecondsLeft: 0 }],
  [
    { state: 'executing', done: 300, givenBack: 200 },
    { left: 500, expectedSecondsLeft: 1 },
  ],
  [
    { state: 'done', done: 990, givenBack: 10 },
    { left: 0, expectedSecondsLeft: 0 },
  ],
  [
    { state: 'cancelled', done: 10 },
    { left: 0, done: 10 },
  ],
])('%j is %j', (change, expected) => {
  expect(progressOf(run(change), 10)).toMatchObject(expected);
});

it.each([
  [0, 0, 1000],
  [3, 0, 8000],
  [50, 0, 60_000],
  [0, 90_000, 90_000],
])('after %i failures and asked to wait %i ms, %i ms', (failures, asked, expected) => {
  expect(backOffMs(failures, asked)).toBe(expected);
});
