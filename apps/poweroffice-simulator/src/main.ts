import { readConfig } from './config.js';
import { startSimulator } from './server.js';

const simulator = await Promise.resolve(process.env)
  .then((env) => startSimulator(readConfig(env)))
  .catch((error: unknown) => {
    process.stderr.write(
      `poweroffice-simulator cannot start. ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(1);
  });
process.stdout.write(
  `${JSON.stringify({ level: 'info', msg: 'poweroffice-simulator is ready', url: simulator.url })}\n`,
);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
}
