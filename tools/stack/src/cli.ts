import { seedDemo } from '@huma-poweroffice/seed';
import { playDemo } from './demo.js';
import { stopEverything, stopOnSignals } from './shutdown.js';
import { messageOf, StackError } from './stack-error.js';
import { startStack, type Stack } from './stack.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Says what is being done and how long it took. */
const step = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const result = await run();
  say(`  ${what.padEnd(28)} ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`);
  return result;
};

const table = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
};

const describeStack = (
  stack: Stack,
  organization: { name: string; administrator: { name: string }; powerOfficeClient: { clientKey: string } },
): string =>
  table([
    ['PostgreSQL', stack.postgres.url('postgres').replace(/:[^:@/]+@/, ':***@')],
    ['Kafka', stack.kafka.brokers],
    ['PowerOffice Go (simulated)', `${stack.url('poweroffice-simulator')}/v2`],
    ['Huma (simulated)', stack.url('huma-simulator')],
    ['Sign-in (OpenID Connect)', `${stack.url('huma-simulator')}/oidc`],
    ['Sign in as', `${organization.administrator.name} of ${organization.name}`],
    ['PowerOffice client key', organization.powerOfficeClient.clientKey],
    ['Logs', `${stack.folder}/logs`],
    ['Try next', `curl ${stack.url('poweroffice-simulator')}/control/clients`],
  ]);

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
  const simulators = { huma: stack.url('huma-simulator'), powerOffice: stack.url('poweroffice-simulator') };
  const { organization } = await step('Demo organisation', () => seedDemo(simulators));
  say(`\n${describeStack(stack, organization)}\n\nEverything runs. Ctrl-C stops it.`);
  // Stays until a signal; the processes' handles keep nothing alive by themselves.
  setInterval(() => undefined, 2 ** 30);
};

/** Plays the main job with data and ports of its own, and ends. */
const demo = async (): Promise<void> => {
  const began = performance.now();
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
