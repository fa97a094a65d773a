// Runs one size of tests, or all three, and ends with one line that adds them up.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [size = 'all', ...rest] = process.argv.slice(2);
const sizes = size === 'all' ? ['unit', 'integration', 'system'] : [size];
const folder = mkdtempSync(join(tmpdir(), 'test-results-'));
const env = { ...process.env, TZ: 'UTC', NODE_OPTIONS: '--experimental-vm-modules --no-warnings=ExperimentalWarning' };
const total = { passed: 0, failed: 0 };
let stopped = false;

/** Exit code of Jest; what it prints for people goes to stderr, past us. A signal is for Jest: it has servers to stop. */
const runJest = (args) =>
  new Promise((resolve) => {
    const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...args, ...rest], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.once(signal, () => {
        stopped = true;
        jest.kill(signal);
      });
    jest.on('exit', resolve);
  });

for (const name of sizes) {
  const output = join(folder, `${name}.json`);
  const code = await runJest(['-c', `jest.${name}.mjs`, '--json', '--outputFile', output]);
  if (stopped) break;
  let result;
  try {
    result = JSON.parse(readFileSync(output, 'utf8'));
  } catch {
    if (code !== 0) total.failed += 1;
    continue;
  }
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  // Nothing is skipped in silence.
  const left = result.testResults.flatMap((s) =>
    s.assertionResults.filter((t) => t.status === 'pending' || t.status === 'todo'),
  );
  for (const test of left) console.error(`not run: ${test.fullName}`);
  total.failed += left.length;
  if (code !== 0 && result.success) total.failed += 1;
}
rmSync(folder, { recursive: true });
if (stopped || total.passed + total.failed === 0) total.failed += 1;
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
