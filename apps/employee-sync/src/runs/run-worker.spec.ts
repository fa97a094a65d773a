import { createLogger } from '@huma-poweroffice/platform';
import { eventually } from '@huma-poweroffice/testing';
import type { LeasedRun } from './run.js';
import type { PutOff } from './run-repository.js';
import { RunWorker, type RunWork } from './run-worker.js';
import { RunSetback } from './setback.js';

const aRun = (change: Partial<LeasedRun> = {}): LeasedRun => ({
  id: 'run',
  organizationId: 'organization',
  connectionId: 'connection',
  clientId: 'client',
  leasedBy: 'process',
  waitedFor: null,
  failures: 0,
  ...change,
});

/** Runs to be worked on, in this order, and what is said of each. */
class Runs {
  readonly said: string[] = [];
  /** Questions for longer leases that are not answered yet. */
  readonly asked: { id: string; answer: (held: boolean) => void }[] = [];
  constructor(private readonly waiting: LeasedRun[]) {}

  async lease(): Promise<LeasedRun | null> {
    return this.waiting.shift() ?? null;
  }
  extend({ id }: LeasedRun): Promise<boolean> {
    return new Promise((answer) => this.asked.push({ id, answer }));
  }
  async release(run: LeasedRun, later: PutOff | null): Promise<void> {
    this.said.push(later ? `${run.id}: ${later.code} ${later.inARow ? 'again' : 'anew'}` : `${run.id}: released`);
  }
  async finish(run: LeasedRun, state: string): Promise<void> {
    this.said.push(`${run.id}: ${state}`);
  }
}

const logger = createLogger('test', 'fatal');
const worker = (runs: Runs, perform: RunWork['perform']): RunWorker =>
  new RunWorker(runs, { state: 'collecting', perform }, logger, 1);

it('does not give up a run because the lease of the one before was lost', async () => {
  const runs = new Runs([aRun({ id: 'first' }), aRun({ id: 'second' })]);
  const signals: AbortSignal[] = [];
  const done: (() => void)[] = [];
  const works = worker(runs, async (_, signal) => {
    signals.push(signal);
    await new Promise<void>((resolve) => done.push(resolve));
  });
  works.start();
  await eventually(() => {
    expect(runs.asked).not.toHaveLength(0);
  });
  done[0]?.();
  await eventually(() => {
    expect(signals).toHaveLength(2);
  });
  runs.asked[0]?.answer(false);
  await eventually(() => {
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });
  done[1]?.();
  await works.stop();
});

it.each([
  ['waited long before', { waitedFor: 'connection-paused', failures: 40 }, 'run: internal-error anew'],
  ['failed like this before', { waitedFor: 'internal-error', failures: 3 }, 'run: internal-error again'],
  ['failed like this too often', { waitedFor: 'internal-error', failures: 4 }, 'run: failed'],
])('tries a failure that nobody foresaw again, where the run %s', async (_, before, said) => {
  const runs = new Runs([aRun(before)]);
  const works = worker(runs, () => Promise.reject(new Error('nobody foresaw this')));
  works.start();
  await eventually(() => {
    expect(runs.said).toEqual([said]);
  });
  await works.stop();
});

it('waits for what is unavailable however often it was put off', async () => {
  const runs = new Runs([aRun({ waitedFor: 'connection-paused', failures: 40 })]);
  const works = worker(runs, () => Promise.reject(new RunSetback('unavailable', 'connection-paused')));
  works.start();
  await eventually(() => {
    expect(runs.said).toEqual(['run: connection-paused again']);
  });
  await works.stop();
});
