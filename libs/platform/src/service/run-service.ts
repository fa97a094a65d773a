import { ConfigError } from '../config.js';
import { createLogger } from '../logger.js';

/** What a started service can be asked for. */
export interface Running {
  stop(): Promise<void>;
}

type Signal = 'SIGTERM' | 'SIGINT';

/** The part of the process that is used. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: { write(text: string): unknown };
  readonly stdout: { write(text: string): unknown };
  on(event: Signal | 'uncaughtException' | 'unhandledRejection', heard: (reason: unknown) => void): unknown;
  exit(code: number): void;
}

/** A stop that takes longer hangs, in milliseconds. */
const LONGEST_STOP = 20_000;

/**
 * Runs a service until a signal: the whole of a `main.ts`. The process ends with 0 after a stop by SIGTERM or SIGINT,
 * with 1 after a setting that is not right (one sentence on stderr) or an error that nobody caught (logged).
 */
export const runService = async (
  name: string,
  main: (env: Host['env']) => Promise<Running>,
  host: Host = process,
): Promise<void> => {
  const logger = createLogger(name, 'info', host.stdout);
  const fail = (what: string) => (error: unknown) => {
    logger.fatal({ err: error }, what);
    host.exit(1);
  };
  host.on('uncaughtException', fail('an error that nobody caught'));
  host.on('unhandledRejection', fail('a rejection that nobody caught'));

  const started = main(host.env);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(fail('the stop takes too long'), LONGEST_STOP).unref();
    const stopped = started.then(
      (running) => running.stop(),
      () => undefined,
    );
    stopped.then(() => {
      host.exit(0);
    }, fail('the stop failed'));
  };
  host.on('SIGTERM', stop);
  host.on('SIGINT', stop);

  await started.catch((error: unknown) => {
    if (!(error instanceof ConfigError)) {
      fail('the service cannot start')(error);
      return;
    }
    host.stderr.write(`${name} cannot start. ${error.message}\n`);
    host.exit(1);
  });
};
