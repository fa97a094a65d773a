/**
 * Aborted once a signal asked everything to stop. Nothing is started after that, and tools that run (Maven, initdb) are
 * ended.
 */
const shutdown = new AbortController();

export const shutdownSignal: AbortSignal = shutdown.signal;

interface Stoppable {
  stop(): Promise<void>;
}

const running: Stoppable[] = [];

/** Parts are stopped in the reverse order of their start. */
export const registerRunning = (part: Stoppable): void => {
  running.push(part);
};

export const unregisterRunning = (part: Stoppable): void => {
  const index = running.indexOf(part);
  if (index >= 0) running.splice(index, 1);
};

/** Stops every process that was started here and still runs, the last one first. */
export const stopEverything = async (): Promise<void> => {
  for (let last = running.at(-1); last; last = running.at(-1)) await last.stop();
};

/**
 * From now on SIGINT, SIGTERM and SIGHUP stop everything, also half way through a start, and end this process with the
 * exit code that shells expect; so does the end of a parent that holds a channel to this process. A second signal is
 * ignored: the first is already doing all there is to do.
 */
export const stopOnSignals = (announce: () => void = () => undefined): void => {
  const stop = (code: number): void => {
    if (shutdown.signal.aborted) return;
    shutdown.abort();
    announce();
    void stopEverything().finally(() => process.exit(code));
  };
  const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(codes))
    process.on(signal, () => {
      stop(code);
    });
  process.on('disconnect', () => {
    stop(codes.SIGHUP);
  });
  // The channel is for its end alone: it keeps nothing alive.
  process.channel?.unref();
};
