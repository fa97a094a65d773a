import { EventEmitter } from 'node:events';
import { eventually } from '@huma-poweroffice/testing';
import { parseConfig, text } from '../config.js';
import { runService, type Host, type Running } from './run-service.js';

/** A process that only remembers what was asked of it. */
class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  said = '';
  logged = '';
  readonly env = {};
  readonly stderr = { write: (said: string) => (this.said += said) };
  readonly stdout = { write: (line: string) => (this.logged += line) };
  exit(code: number): void {
    this.exits.push(code);
  }
}

const run = async (main: (env: Host['env']) => Promise<Running>): Promise<FakeProcess> => {
  const host = new FakeProcess();
  await runService('example', main, host);
  return host;
};
const quiet: Running = { stop: async () => undefined };

describe('runService', () => {
  it('says in one sentence which settings are not right', async () => {
    const host = await run(async (env) => {
      parseConfig(env, { NAME: text(), OTHER: text() });
      return quiet;
    });
    expect(host.said).toBe('example cannot start. The settings are not right: NAME is missing; OTHER is missing.\n');
    expect([host.exits, host.logged]).toEqual([[1], '']);
  });

  it('logs any other reason not to start', async () => {
    const host = await run(() => Promise.reject(new Error('no database')));
    expect([host.exits, host.said, JSON.parse(host.logged)]).toMatchObject([
      [1],
      '',
      { level: 'fatal', service: 'example', err: { message: 'no database' } },
    ]);
  });

  it.each(['SIGTERM', 'SIGINT'])('stops once at %s, and ends well', async (signal) => {
    let stops = 0;
    const host = await run(async () => ({ stop: async () => void (stops += 1) }));
    host.emit(signal);
    host.emit(signal);
    await eventually(() => {
      expect([stops, host.exits]).toEqual([1, [0]]);
    });
  });

  it('does not end well when the stop fails', async () => {
    const host = await run(async () => ({ stop: () => Promise.reject(new Error('stuck')) }));
    host.emit('SIGTERM');
    await eventually(() => {
      expect(host.exits).toEqual([1]);
    });
    expect(host.logged).toContain('stuck');
  });

  it('stops what was still starting at the signal', async () => {
    let stops = 0;
    let started = (_: Running): void => undefined;
    const host = new FakeProcess();
    const start = new Promise<Running>((done) => {
      started = done;
    });
    const running = runService('example', () => start, host);
    host.emit('SIGTERM');
    started({ stop: async () => void (stops += 1) });
    await running;
    await eventually(() => {
      expect([stops, host.exits]).toEqual([1, [0]]);
    });
  });

  it.each(['uncaughtException', 'unhandledRejection'])('ends at an %s, and logs it', async (event) => {
    const host = await run(async () => quiet);
    host.emit(event, new Error('bug'));
    expect([host.exits, host.logged]).toEqual([[1], expect.stringContaining('bug')]);
  });
});
