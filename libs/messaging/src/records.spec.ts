import { randomBytes } from 'node:crypto';
import { readEvent } from '@huma-poweroffice/contracts';
import { Keyring, Secret } from '@huma-poweroffice/platform';
import { aUserChanged } from '@huma-poweroffice/testing';
import { unreadableMessage } from './outbox.js';
import { maxValueBytes, readRecord, type RawRecord } from './records.js';

const user = aUserChanged();
const headers = { ce_id: '1', ce_type: 'huma.user.updated.v1' };
const record = (change: Partial<RawRecord> = {}): RawRecord => ({
  offset: '7',
  timestamp: '1763890200123',
  key: Buffer.from(user.userId),
  value: Buffer.from(JSON.stringify(user)),
  headers,
  ...change,
});

describe('readRecord', () => {
  it('reads a CloudEvent', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(readRecord('users', record({ headers: { ...headers, traceparent } }))).toEqual({
      ok: true,
      envelope: { id: '1', key: user.userId, traceparent },
      event: { type: 'huma.user.updated.v1', value: user },
    });
  });

  it('reads a tombstone by its key alone', () => {
    expect(readRecord('users', record({ value: null, headers: {} }))).toMatchObject({ ok: true, event: null });
  });

  it.each<[string, Partial<RawRecord>]>([
    ['missing-key', { key: null }],
    ['missing-key', { key: Buffer.alloc(0) }],
    ['missing-header', { headers: { ce_id: '1' } }],
    ['missing-header', { headers: { ce_type: headers.ce_type } }],
    ['bad-json', { value: Buffer.from('{"givenName": "Kari"') }],
    ['bad-json', { value: Buffer.alloc(0) }],
    ['unknown-type', { headers: { ...headers, ce_type: 'huma.user.promoted.v1' } }],
    ['wrong-version', { headers: { ...headers, ce_type: 'huma.user.updated.v2' } }],
    ['schema', { value: Buffer.from('[]') }],
    ['schema', { value: Buffer.from(JSON.stringify({ ...user, version: 'seven' })) }],
    ['too-large', { value: Buffer.alloc(maxValueBytes + 1, 'x') }],
  ])('says %s, and nothing of the content', (code, change) => {
    const read = readRecord('users', record(change));
    expect(read).toMatchObject({ ok: false, reason: { code } });
    expect(JSON.stringify(read)).not.toContain('Kari');
  });
});

describe('an unreadable record', () => {
  const keyring = new Keyring(new Secret(`a:${randomBytes(32).toString('base64')}`));
  const keep = (value: Buffer, change: Partial<RawRecord> = {}, detail = 'x'): Record<string, unknown> => {
    const message = unreadableMessage(
      'huma.users.v1',
      2,
      record({ value, ...change }),
      { code: 'bad-json', detail },
      keyring,
      { source: 'test', now: 0 },
    );
    const parsed = JSON.parse(message.value ?? '') as Record<string, unknown>;
    expect(readEvent('unreadable', message.headers['ce_type'] ?? '', parsed).ok).toBe(true);
    return parsed;
  };

  it('is kept with its bytes sealed to its place', () => {
    const kept = keep(Buffer.from('{"number": 12345678903'));
    expect(JSON.stringify(kept)).not.toContain('12345678903');
    const sealed = Buffer.from(String(kept['value']), 'base64');
    expect(keyring.open(sealed, 'huma.users.v1-2-7').toString()).toBe('{"number": 12345678903');
  });

  it('is kept in part when it is too large', () => {
    expect(keep(Buffer.alloc(maxValueBytes + 1, 'x'))).toMatchObject({ truncated: true, size: maxValueBytes + 1 });
    expect(String(keep(Buffer.alloc(maxValueBytes + 1, 'x'))['value']).length).toBeLessThan(6000);
  });

  it('is never more than a broker takes, whatever its key and headers are', () => {
    const much = 'x'.repeat(800_000);
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`ce_x${String(n)}`, much]));
    const kept = keep(
      Buffer.from('x'),
      { key: Buffer.from(much), headers: { ...headers, traceparent: much, [`ce_${much}`]: '1', ...many } },
      much,
    );
    expect(JSON.stringify(kept).length).toBeLessThan(20_000);
    expect(kept).toMatchObject({ truncated: true, size: 1, headers: { ...headers, traceparent: 'x'.repeat(256) } });
    const key = keyring.open(Buffer.from(String(kept['key']), 'base64'), 'huma.users.v1-2-7');
    expect(key.toString()).toBe('x'.repeat(4096));
  });

  it('shows only the headers that say what it is', () => {
    const contentType = { 'content-type': 'application/json' };
    const kept = keep(Buffer.from('x'), { headers: { ...headers, ...contentType, email: 'kari@example.com' } });
    expect(kept['headers']).toEqual({ ...headers, ...contentType });
  });
});
