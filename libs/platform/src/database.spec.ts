import pg from 'pg';
import { isTransient } from './database.js';

const sqlState = (code: string): Error => Object.assign(new pg.DatabaseError('x', 1, 'error'), { code });

describe('a failure that passes', () => {
  it.each(['08006', '40001', '40P01', '53300', '55P03', '57P01', '57P03', '57014'])('is SQLSTATE %s', (code) => {
    expect(isTransient(sqlState(code))).toBe(true);
  });

  it.each(['22021', '22P02', '23505', '42P01', '54000'])('is not SQLSTATE %s, which is about the statement', (code) => {
    expect(isTransient(sqlState(code))).toBe(false);
  });

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
  ])('is what the driver says without a code: %s', (message) => {
    expect(isTransient(new Error(message))).toBe(true);
    expect(isTransient(new Error('The slice failed', { cause: new Error(message) }))).toBe(true);
  });

  it.each([new Error('user is not iterable'), new TypeError('x'), 'text', null, undefined])('is not %p', (error) => {
    expect(isTransient(error)).toBe(false);
  });
});
