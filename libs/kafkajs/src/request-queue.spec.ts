import { jest } from '@jest/globals';
import fc from 'fast-check';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { kafkajs } from './index.js';

const nothing = (): void => undefined;
const entry = (correlationId: number) => ({ correlationId, resolve: nothing, reject: nothing });
const aQueue = (maxInFlightRequests: number): RequestQueue =>
  new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 30_000,
    enforceRequestTimeout: false,
    clientId: 'tests',
    broker: 'localhost:9092',
    logger: { debug: nothing, warn: nothing },
  });

/** Runs `play` under a clock that only the test moves; says which delays were asked of it. */
const withClock = (play: (advance: (ms: number) => void) => void): number[] => {
  jest.useFakeTimers({ now: 1_700_000_000_000 });
  const timers = jest.spyOn(globalThis, 'setTimeout');
  try {
    play((ms) => void jest.advanceTimersByTime(ms));
    return timers.mock.calls.map(([, delay]) => delay ?? 0);
  } finally {
    timers.mockRestore();
    jest.useRealTimers();
  }
};

it('gives out kafkajs itself', () => {
  expect(new kafkajs.Kafka({ clientId: 'tests', brokers: ['localhost:9092'] }).producer).toBeInstanceOf(Function);
});

it('sets no timer for a connection with nothing to send', () => {
  const delays = withClock((advance) => {
    const queue = aQueue(5);
    queue.push({ entry: entry(1), expectResponse: true, sendRequest: nothing });
    queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
    advance(60_000);
    expect(jest.getTimerCount()).toBe(0);
  });
  expect(delays).toEqual([]);
});

type Step = { push: true } | { answer: true } | { throttle: number } | { pass: number };

const steps = fc.array(
  fc.oneof(
    fc.constant<Step>({ push: true }),
    fc.constant<Step>({ answer: true }),
    fc.record({ throttle: fc.integer({ min: 1, max: 5_000 }) }),
    fc.record({ pass: fc.integer({ min: 0, max: 6_000 }) }),
  ),
  { maxLength: 40 },
);

it('sends every request in order, never while throttled, and sets no timer in the past', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 3 }), (played, maxInFlight) => {
      let pushed = 0;
      const sent: number[] = [];
      let answered = 0;
      const delays = withClock((advance) => {
        const queue = aQueue(maxInFlight);
        const answer = (): void => {
          if (answered === sent.length) return;
          queue.fulfillRequest({ correlationId: sent[answered++]!, payload: null, size: 0 });
        };
        for (const step of played) {
          if ('push' in step) {
            const correlationId = ++pushed;
            const sendRequest = (): void => {
              expect(queue.throttledUntil).toBeLessThanOrEqual(Date.now());
              sent.push(correlationId);
            };
            queue.push({ entry: entry(correlationId), expectResponse: true, sendRequest });
          } else if ('answer' in step) answer();
          else if ('throttle' in step) queue.maybeThrottle(step.throttle);
          else advance(step.pass);
        }
        for (let i = 0; i < pushed; i++) {
          advance(6_000);
          answer();
        }
        advance(6_000);
        expect(jest.getTimerCount()).toBe(0);
      });
      expect(sent).toEqual(Array.from({ length: pushed }, (_, i) => i + 1));
      expect(delays.filter((delay) => delay < 1)).toEqual([]);
    }),
  );
});
