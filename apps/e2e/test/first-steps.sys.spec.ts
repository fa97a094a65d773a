import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { seedStack, whatToTry } from '@huma-poweroffice/stack';
import { World } from './world.js';

const world = new World();
let commands: string;

beforeAll(async () => {
  await world.start();
  commands = whatToTry(world.stack, await seedStack(world.stack));
}, 180_000);
afterAll(() => world.stop());

/** A shell that ends at the first command that fails; the commands themselves wait without an end. */
const paste = async (): Promise<string> => {
  const script = `set -e -o pipefail\n${commands}`;
  return (await promisify(execFile)('bash', ['-c', script], { timeout: 120_000, maxBuffer: 2 ** 26 })).stdout;
};

it('the commands that npm start prints can be pasted, also a second time', async () => {
  for (const _ of ['the first', 'the second'])
    expect(await paste()).toMatch(/"state":"review"[^]*"state":"done"[^]*"PhoneNumber":"\+4791122333"/);
});
