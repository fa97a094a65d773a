import { inspect } from 'node:util';
import { createLogger } from './logger.js';
import { Secret } from './secret.js';

const logged = (write: (logger: ReturnType<typeof createLogger>) => void): string => {
  const lines: string[] = [];
  write(createLogger('test', 'info', { write: (line) => void lines.push(line) }));
  return lines.join('');
};

describe('the log', () => {
  it('tells an error by type, code, message and cause', () => {
    const cause = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
    const line = logged((logger) => {
      logger.warn({ err: new TypeError('failed', { cause }) }, 'it went wrong');
    });
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      service: 'test',
      msg: 'it went wrong',
      err: { type: 'TypeError', message: 'failed', cause: { message: 'connection lost', code: 'ECONNRESET' } },
    });
  });

  it.each<[string, object]>([
    ['the row that a constraint refused', { detail: 'Key (email)=(kari@nordmann.no) already exists.' }],
    ['the parameters of a statement', { parameters: ['kari@nordmann.no'], query: 'INSERT' }],
    ['what a driver keeps inside', { driverError: { where: 'kari@nordmann.no' } }],
  ])('leaves out %s', (_, more) => {
    const error = Object.assign(new Error('duplicate key value'), { code: '23505' }, more);
    expect(inspect(error)).toContain('kari');
    expect(
      logged((logger) => {
        logger.error({ err: error }, 'refused');
      }),
    ).not.toContain('kari');
  });

  it('leaves out a value that the database quotes', () => {
    const error = Object.assign(new Error('invalid input syntax for type integer: "12345678903"'), { code: '22P02' });
    const line = logged((logger) => {
      logger.error({ err: error }, 'refused');
    });
    expect(line).not.toContain('12345678903');
    expect(line).toContain('22P02');
  });

  it('hides what is named like a secret, and secrets by any name', () => {
    const line = logged((logger) => {
      logger.info({ clientKey: 'abc-1', headers: { authorization: 'Bearer abc-2' }, other: new Secret('abc-3') }, 'x');
    });
    expect(line).not.toContain('abc-');
  });
});
