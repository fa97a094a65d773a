import { playDemo } from './demo.js';
import { describeStack } from './describe-stack.js';
import { discardLeftovers } from './paths.js';
import { seedStack } from './seed-stack.js';
import { stopEverything, stopOnSignals } from './shutdown.js';
import { messageOf, StackError } from './stack-error.js';
import { startStack } from './stack.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Says what is being done and how long it took. */
const step = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const result = await run();
  say(`  ${what.padEnd(28)} ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`);
  return result;
};

const start = async (args: readonly string[]): Promise<void> => {
  const stopping = (sentence: string): void => {
    say(sentence);
    process.kill(process.pid, 'SIGTERM');
  };
  const stack = await startStack({
    instance: 'dev',
    ports: 'fixed',
    fresh: args.includes('--fresh'),
    step,
    onUnexpectedExit: stopping,
  });
  const organization = await step('Demo organisation', () => seedStack(stack));
  say(`\n${describeStack(stack, organization)}\n\nEverything runs. Ctrl-C stops it.`);
  // Stays until a signal; the processes' handles keep nothing alive by themselves.
  setInterval(() => undefined, 2 ** 30);
};

/** Plays the main job with data and ports of its own, and ends. */
const demo = async (): Promise<void> => {
  const began = performance.now();
  discardLeftovers('demo');
  const stack = await startStack({
    instance: `demo-${String(process.pid)}`,
    ports: 'free',
    fresh: true,
    // The settling wait in short, so that a lost answer is seen settled while somebody watches.
    settings: {
      'employee-sync': {
        CLIENT_TIMEOUT_MS: '3000',
        POWEROFFICE_PROCESSING_MS: '1000',
        POWEROFFICE_READ_LAG_MS: '1000',
      },
    },
    step,
  });
  say('');
  try {
    await playDemo(stack, say);
  } finally {
    await stopEverything();
  }
  stack.discard();
  say(`\nEverything was seen to be true, in ${((performance.now() - began) / 1000).toFixed(0)} s.`);
};

const commands: Record<string, ((args: readonly string[]) => Promise<void>) | undefined> = { start, demo };

const [command = '', ...args] = process.argv.slice(2);
stopOnSignals(() => {
  say('Stopping ...');
});
try {
  const run = commands[command];
  if (!run) throw new StackError(`There is no command ${command}.`);
  await run(args);
} catch (error) {
  say(error instanceof StackError ? error.message : messageOf(error));
  await stopEverything();
  process.exit(1);
}
