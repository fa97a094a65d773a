import { isTransient, type Logger } from '@huma-poweroffice/platform';
import type { LeasedRun } from './run.js';
import type { RunRepository } from './run-repository.js';
import { LeaseLost, RunSetback } from './setback.js';

/** How often runs that other processes began, or left behind, are looked for. */
const LOOK_MS = 1000;
const EXTEND_MS = 10_000;
const LONGEST_BACK_OFF_MS = 60_000;
/** A failure that nobody foresaw is tried so often; then the run has failed. */
const MOST_UNFORESEEN = 5;
const UNFORESEEN = 'internal-error';

export interface RunWork {
  readonly state: 'collecting' | 'executing';
  /** Works on the run until this part of it is over; gives up when the signal says so. */
  readonly perform: (run: LeasedRun, signal: AbortSignal) => Promise<void>;
}

/** How long a run is put off after so many failures in a row, in milliseconds. */
export const backOffMs = (failures: number, askedMs: number): number =>
  Math.max(askedMs, Math.min(LONGEST_BACK_OFF_MS, 1000 * 2 ** Math.min(failures, 10)));

/** Both foreseen, or both not: what a run waited for, however long, says nothing of failures that nobody foresaw. */
const isAlike = (run: LeasedRun, code: string): boolean => (code === UNFORESEEN) === (run.waitedFor === UNFORESEEN);

/**
 * Works on runs in one state, one at a time in this process. Whoever holds the lease works; a process that died loses
 * it, and another one goes on.
 */
export class RunWorker {
  private stopping = false;
  private running: Promise<void> = Promise.resolve();
  private current = new AbortController();
  private wakeUp: () => void = () => undefined;

  constructor(
    private readonly runs: Pick<RunRepository, 'lease' | 'extend' | 'release' | 'finish'>,
    private readonly work: RunWork,
    private readonly logger: Logger,
    private readonly extendMs = EXTEND_MS,
  ) {}

  start(): void {
    this.running = this.loop();
  }

  /** There may be a run to work on. */
  wake(): void {
    this.wakeUp();
  }

  /** Gives up what is under way, so that another process can go on at once. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.current.abort();
    this.wakeUp();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      const worked = await this.turn().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'runs could not be looked for, trying again');
        return false;
      });
      if (!worked) await this.sleep();
    }
  }

  private async turn(): Promise<boolean> {
    const run = await this.runs.lease(this.work.state);
    if (!run) return false;
    // An answer may come when the next run is under way: what it ends is this one.
    const current = new AbortController();
    this.current = current;
    if (this.stopping) current.abort();
    const extending = setInterval(() => {
      this.runs.extend(run).then(
        (held) => {
          if (!held) current.abort(new LeaseLost());
        },
        // The database does not answer: neither will it take anything that is written.
        () => undefined,
      );
    }, this.extendMs);
    try {
      await this.work.perform(run, current.signal);
      await this.runs.release(run, null);
    } catch (error) {
      await this.giveUp(run, error, current.signal);
    } finally {
      clearInterval(extending);
    }
    return true;
  }

  private async giveUp(run: LeasedRun, error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof LeaseLost) {
      this.logger.info({ runId: run.id }, 'a run is not held here any more: cancelled, or taken over');
      return;
    }
    if (signal.aborted) {
      await this.runs.release(run, null);
      return;
    }
    const setback = this.setbackOf(run, error);
    const told = { err: error, runId: run.id, connectionId: run.connectionId, code: setback.code };
    if (setback.kind === 'rejected') {
      this.logger.error(told, 'a run has failed');
      await this.runs.finish(run, 'failed', setback.code);
      return;
    }
    this.logger.warn(told, 'a run is held up');
    const inARow = isAlike(run, setback.code);
    const inMs = backOffMs(inARow ? run.failures : 0, setback.retryAfterMs);
    await this.runs.release(run, { code: setback.code, inMs, inARow });
  }

  private setbackOf(run: LeasedRun, error: unknown): RunSetback {
    if (error instanceof RunSetback) return error;
    if (isTransient(error)) return new RunSetback('unavailable', 'database-unavailable', 0, error);
    const before = isAlike(run, UNFORESEEN) ? run.failures : 0;
    const kind = before + 1 < MOST_UNFORESEEN ? 'unavailable' : 'rejected';
    return new RunSetback(kind, UNFORESEEN, 0, error);
  }

  private async sleep(): Promise<void> {
    if (this.stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = () => undefined;
  }
}
