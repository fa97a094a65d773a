import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { baseEnvironment, type SystemUser } from './run-tool.js';
import { registerRunning, shutdownSignal, unregisterRunning } from './shutdown.js';
import { StackError } from './stack-error.js';

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the few variables every process gets (`baseEnvironment`). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly user?: SystemUser | undefined;
  /** Both outputs go here; emptied at the first start, continued at restarts. */
  readonly logFile: string;
  /** Ready means: this address answers with a 2xx status … */
  readonly readyUrl?: string;
  /** … or this is true. A rejection counts as not yet. */
  readonly isReady?: () => Promise<boolean>;
  /** Milliseconds; 60 000 when absent. */
  readonly readyWithinMs?: number;
  /** How often it is started again when it ends before it is ready; 0 when absent. */
  readonly startRetries?: number;
  readonly stopSignal?: NodeJS.Signals;
  /** Milliseconds from the stop signal to SIGKILL; 15 000 when absent. */
  readonly stopWithinMs?: number;
  /** Called when the process ends without having been asked to. */
  readonly onUnexpectedExit?: (sentence: string) => void;
}

export interface RunningProcess {
  readonly name: string;
  readonly logFile: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Ends it if it runs, starts it with the same settings and waits until it is ready. */
  restart(): Promise<void>;
  /** Asks it to end, insists after a while; resolves when the process is gone. */
  stop(): Promise<void>;
}

/** The end of a log, for an error message. */
const lastLines = (file: string, count = 20): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');

/**
 * Ends the process when this one disappears without having been able to do so (kill -9, a crash): the guard waits for
 * the end of a pipe that only this process holds.
 */
const guard = (pid: number, signal: NodeJS.Signals): ChildProcess => {
  const script = 'read -r _; kill -s "$2" "$1"; sleep 10; kill -9 "$1"';
  const child = spawn('sh', ['-c', script, 'guard', String(pid), signal.replace('SIG', '')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
};

/** A process of its own group, so that Ctrl-C in the terminal reaches it through us, in order. */
class ManagedProcess implements RunningProcess {
  readonly name: string;
  readonly logFile: string;
  #child: ChildProcess | undefined;
  #exit: Promise<void> = Promise.resolve();
  #exitReason = '';
  #mayEnd = true;

  constructor(private readonly options: ProcessOptions) {
    this.name = options.name;
    this.logFile = options.logFile;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (shutdownSignal.aborted) throw new StackError(`${this.name} was not started: everything is being stopped.`);
    this.#spawn();
    await this.#untilReady();
    this.#mayEnd = false;
  }

  async kill(): Promise<void> {
    this.#mayEnd = true;
    this.#child?.kill('SIGKILL');
    await this.#exit;
  }

  async stop(): Promise<void> {
    this.#mayEnd = true;
    this.#child?.kill(this.options.stopSignal ?? 'SIGTERM');
    const insist = setTimeout(() => this.#child?.kill('SIGKILL'), this.options.stopWithinMs ?? 15_000);
    await this.#exit;
    clearTimeout(insist);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  #spawn(): void {
    const { command, args, cwd, env, user, stopSignal = 'SIGTERM' } = this.options;
    mkdirSync(dirname(this.logFile), { recursive: true });
    const log = openSync(this.logFile, 'a');
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...user,
      env: { ...baseEnvironment(), ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    registerRunning(this);
    const guardian = child.pid === undefined ? undefined : guard(child.pid, stopSignal);
    this.#exit = new Promise((resolve) => {
      const ended = (reason: string): void => {
        if (this.#child !== child) return;
        this.#child = undefined;
        this.#exitReason = reason;
        guardian?.kill('SIGKILL');
        unregisterRunning(this);
        resolve();
        if (!this.#mayEnd)
          this.options.onUnexpectedExit?.(`${this.name} ended by itself (${reason}); its log is ${this.logFile}`);
      };
      child.once('error', (error) => {
        ended(error.message);
      });
      child.once('exit', (code, signal) => {
        ended(signal ?? `exit code ${String(code)}`);
      });
    });
  }

  async #untilReady(): Promise<void> {
    const withinMs = this.options.readyWithinMs ?? 60_000;
    const deadline = Date.now() + withinMs;
    let retries = this.options.startRetries ?? 0;
    for (;;) {
      // Without a pid it could not even be started; that is about to be reported.
      if (this.#child && this.pid === undefined) await this.#exit;
      if (!this.#child) {
        if (retries-- <= 0 || shutdownSignal.aborted)
          throw this.#failure(`ended while it started (${this.#exitReason})`);
        await sleep(250);
        this.#spawn();
      }
      if ((await this.#isReady()) && this.#child) return;
      if (Date.now() > deadline) {
        await this.stop();
        throw this.#failure(`was not ready within ${String(withinMs / 1000)} s`);
      }
      await Promise.race([sleep(100), this.#exit]);
    }
  }

  #failure(what: string): StackError {
    return new StackError(`${this.name} ${what}; the end of ${this.logFile}:\n${lastLines(this.logFile)}`);
  }

  async #isReady(): Promise<boolean> {
    const { readyUrl, isReady } = this.options;
    try {
      if (isReady) return await isReady();
      if (readyUrl === undefined) return true;
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
      await answer.body?.cancel();
      return answer.ok;
    } catch {
      return false;
    }
  }
}

/**
 * Starts a program and waits until it is ready.
 * @throws StackError with the last lines of its log when it ends or is not ready in time; then nothing is left running.
 */
export const startProcess = async (options: ProcessOptions): Promise<RunningProcess> => {
  rmSync(options.logFile, { force: true });
  const managed = new ManagedProcess(options);
  await managed.start();
  return managed;
};
