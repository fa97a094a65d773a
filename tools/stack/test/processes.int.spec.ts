import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, freePorts, startProcess, type ProcessOptions, type RunningProcess } from '../src/index.js';
import { assertPortFree } from '../src/ports.js';

const folder = mkdtempSync(join(tmpdir(), 'processes-'));
const started: RunningProcess[] = [];

afterAll(async () => {
  for (const running of started) await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

const program = (name: string, code: string, options: Partial<ProcessOptions> = {}): ProcessOptions => ({
  name,
  command: process.execPath,
  args: ['-e', code],
  logFile: join(folder, `${name}.log`),
  ...options,
});

const server = (port: number): string =>
  `console.log('listens'); require('http').createServer((_, res) => res.end()).listen(${String(port)}, '127.0.0.1')`;

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

const never = { isReady: () => Promise.resolve(false) };

/** Polls, because nobody is told when a process that is not ours ends. */
const until = async (condition: () => boolean): Promise<void> => {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not become true within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

test('a program is ready when it answers, restarts on request, and nothing of that is reported as a crash', async () => {
  const port = await freePort();
  const crashes: string[] = [];
  const url = `http://127.0.0.1:${String(port)}/`;
  const running = await startProcess(
    program('server', server(port), { readyUrl: url, onUnexpectedExit: (sentence) => crashes.push(sentence) }),
  );
  started.push(running);
  const first = running.pid!;
  expect((await fetch(url)).status).toBe(200);
  await running.kill();
  expect(running.pid).toBeUndefined();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  await running.restart();
  expect((await fetch(url)).status).toBe(200);
  expect(running.pid).not.toBe(first);
  expect(readFileSync(running.logFile, 'utf8')).toBe('listens\nlistens\n');
  await running.stop();
  expect(crashes).toEqual([]);
});

test('the crash of a running program is reported in one sentence', async () => {
  const port = await freePort();
  const crash = new Promise<string>((resolve, reject) => {
    const options = { readyUrl: `http://127.0.0.1:${String(port)}/`, onUnexpectedExit: resolve };
    startProcess(program('crashing', `${server(port)}; process.once('SIGUSR2', () => process.exit(7))`, options)).then(
      (running) => process.kill(running.pid!, 'SIGUSR2'),
      reject,
    );
  });
  expect(await crash).toMatch(/^crashing ended by itself \(exit code 7\); its log is /);
});

test.each<[string, string, Partial<ProcessOptions>, RegExp]>([
  [
    'ends',
    `console.error('no such table'); process.exit(3)`,
    never,
    /ended while it started \(exit code 3\).*no such/s,
  ],
  [
    'hangs',
    `console.log('waits'); setInterval(() => 0, 1000)`,
    { ...never, readyWithinMs: 700 },
    /not ready within.*waits/s,
  ],
  ['is not there', '', { command: '/nowhere/to/be/found' }, /ended while it started \(spawn .* ENOENT\)/s],
])('a program that %s when started fails with the end of its log', async (_, code, options, message) => {
  await expect(startProcess(program('failing', code, options))).rejects.toThrow(message);
});

test('a program that does not listen to its stop signal is ended all the same', async () => {
  const deaf = await startProcess(
    program(
      'deaf',
      `process.on('SIGTERM', () => 0); require('fs').writeFileSync('ready', ''); setInterval(() => 0, 1000)`,
      {
        cwd: folder,
        isReady: () => Promise.resolve(existsSync(join(folder, 'ready'))),
        stopWithinMs: 200,
      },
    ),
  );
  const pid = deaf.pid!;
  await deaf.stop();
  expect(isGone(pid)).toBe(true);
});

/** A program of its own that starts a process which would run for long, and says which. */
const aStarter = (name: string): { starter: ChildProcess; ended: Promise<unknown>; sleeper: () => Promise<number> } => {
  const pids = join(folder, `pid-${name}`);
  const code = `
    const { startProcess, stopOnSignals } = await import('@huma-poweroffice/stack');
    stopOnSignals();
    const sleeper = await startProcess({ name: 'sleeper', command: 'sleep', args: ['600'], logFile: '${pids}.log' });
    (await import('node:fs')).writeFileSync('${pids}', String(sleeper.pid));
    setInterval(() => 0, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  return {
    starter,
    ended: new Promise((resolve) => starter.once('exit', resolve)),
    sleeper: async () => {
      await until(() => existsSync(pids) && readFileSync(pids, 'utf8') !== '');
      return Number(readFileSync(pids, 'utf8'));
    },
  };
};

test.each<[string, number | null, (starter: ChildProcess) => void]>([
  ['gets SIGINT', 130, (starter) => starter.kill('SIGINT')],
  ['gets SIGTERM', 143, (starter) => starter.kill('SIGTERM')],
  ['gets SIGHUP', 129, (starter) => starter.kill('SIGHUP')],
  ['gets SIGKILL', null, (starter) => starter.kill('SIGKILL')],
  [
    'loses its parent',
    129,
    (starter) => {
      starter.disconnect();
    },
  ],
])('a starter that %s leaves nothing running', async (name, exitCode, end) => {
  const { starter, ended, sleeper } = aStarter(name.replaceAll(' ', '-'));
  try {
    const pid = await sleeper();
    expect(isGone(pid)).toBe(false);
    end(starter);
    expect(await ended).toBe(exitCode);
    await until(() => isGone(pid));
  } finally {
    starter.kill('SIGKILL');
  }
});

test('free ports differ, and a taken one is said in one sentence', async () => {
  const ports = Object.values(await freePorts(['a', 'b', 'c']));
  expect(new Set(ports).size).toBe(3);
  const [port = 0] = ports;
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  await expect(assertPortFree(port, 'Kafka')).rejects.toThrow(`Port ${String(port)}, which Kafka needs, is taken`);
  await new Promise((resolve) => other.close(resolve));
  await expect(assertPortFree(port, 'Kafka')).resolves.toBeUndefined();
});
