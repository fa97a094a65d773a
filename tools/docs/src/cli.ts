import { differences, documents, generate } from './documents.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const commands: Readonly<Record<string, () => Promise<number>>> = {
  generate: async () => {
    for (const path of await generate()) say(`changed: ${path}`);
    return 0;
  },
  check: async () => {
    const stale = differences(await documents());
    for (const path of stale) say(`not as the code says: ${path}`);
    if (stale.length > 0) say('Run `npm run docs:generate`.');
    return stale.length === 0 ? 0 : 1;
  },
};

const command = commands[process.argv[2] ?? ''];
if (!command) say('generate or check');
process.exitCode = command ? await command() : 1;
