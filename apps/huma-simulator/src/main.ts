import { readConfig } from './config.js';
import { startSimulator } from './server.js';

const simulator = await startSimulator(readConfig(process.env));
process.stdout.write(`${JSON.stringify({ level: 'info', msg: 'huma-simulator is ready', url: simulator.url })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
}
