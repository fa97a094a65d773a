import { randomBytes, randomUUID } from 'node:crypto';
import { readEvent } from '@huma-poweroffice/contracts';
import { Keyring, Secret } from '@huma-poweroffice/platform';
import { aUserChanged } from '@huma-poweroffice/testing';
import { maxKeptBytes, unreadableMessage } from './outbox.js';
import { readRecord, type RawRecord, type ReadRecord } from './records.js';

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

const withVersion = (version: string): Buffer =>
  Buffer.from(JSON.stringify(user).replace('"version":1', `"version":${version}`));
const valueOf = (read: ReadRecord): unknown => (read.ok ? read.event?.value : read.reason);

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
    const spelled = Buffer.from(`URN:UUID:${user.userId.toUpperCase()}`);
    expect(readRecord('users', record({ key: spelled, value: null, headers: {} }))).toEqual({
      ok: true,
      envelope: { id: '', key: user.userId, traceparent: null },
      event: null,
    });
  });

  it.each<[string, (id: string) => string]>([
    ['capitals', (id) => id.toUpperCase()],
    ['a URN', (id) => `urn:uuid:${id}`],
    ['braces', (id) => `{${id.toUpperCase()}}`],
  ])('knows an id in %s, wherever it stands', (_, spell) => {
    const group = randomUUID();
    const known = { ...user, user: { ...user.user!, teams: [group] } };
    const { organizationId, userId } = user;
    const spelled = {
      ...known,
      organizationId: spell(organizationId),
      userId: spell(userId),
      user: { ...known.user, teams: [spell(group), group] },
    };
    const value = Buffer.from(JSON.stringify(spelled));
    for (const key of [userId, spell(userId)])
      expect(readRecord('users', record({ key: Buffer.from(key), value }))).toMatchObject({
        envelope: { key: userId },
        event: { value: known },
      });
  });

  it.each(['7.0', '7e0', '70e-1', '7.00000000000000000'])('reads the version %s, which is 7', (version) => {
    expect(valueOf(readRecord('users', record({ value: withVersion(version) })))).toEqual({ ...user, version: 7 });
  });

  it('takes text as it can be stored, and only what the schema names', () => {
    const dirty = { ...user.user, givenName: 'A\u030Ase\u0000 \ud83d', familyName: 'A\tB\u0007', depth: [[[{}]]] };
    const value = Buffer.from(JSON.stringify({ ...user, user: dirty, more: 1 }));
    expect(valueOf(readRecord('users', record({ value })))).toEqual({
      ...user,
      user: { ...user.user, givenName: '\u00c5se \ufffd', familyName: 'A B' },
    });
  });

  it('takes an event of any size', () => {
    const large = { ...user, user: { ...user.user, familyName: 'x'.repeat(2 * maxKeptBytes) } };
    const value = Buffer.from(JSON.stringify(large));
    expect(readRecord('users', record({ value })).ok).toBe(true);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'application/vnd.huma+json'])('takes %s', (type) => {
    expect(readRecord('users', record({ headers: { ...headers, 'content-type': type } })).ok).toBe(true);
  });

  it('takes of the headers only what can be stored', () => {
    const bad = { ...headers, ce_id: `a\u0000b\ud800${'x'.repeat(500)}`, traceparent: 'a\u0000b' };
    const read = readRecord('users', record({ headers: bad }));
    expect(read).toMatchObject({ ok: true, envelope: { traceparent: null } });
    expect(read.ok && read.envelope.id).toMatch(/^ab\ufffdx{100,200}$/);
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
    ['schema', { key: Buffer.from('Kari') }],
    ['schema', { key: Buffer.from(randomUUID()) }],
    ['schema', { key: Buffer.from(randomUUID()), headers: { ...headers, 'content-type': 'application/json' } }],
    ['content-type', { headers: { ...headers, 'content-type': 'application/avro' } }],
    ['content-type', { headers: { ...headers, 'content-type': 'application/cloudevents+json' } }],
    ['content-type', { headers: { ...headers, 'content-type': '' } }],
    ['inexact-version', { value: withVersion('9007199254740993') }],
    ['inexact-version', { value: withVersion('9007199254740992') }],
    ['inexact-version', { value: withVersion('1764187200000000001') }],
    ['inexact-version', { value: withVersion('7.0000000000000001') }],
    ['inexact-version', { value: withVersion('1e30') }],
    ['inexact-version', { value: withVersion('1e-400') }],
    ['schema', { value: withVersion('7.5') }],
    ['schema', { value: withVersion('-1') }],
    ['schema', { value: Buffer.from(JSON.stringify({ ...user, occurredAt: '2026-02-30T09:30:00Z' })) }],
    ['schema', { value: Buffer.from(JSON.stringify({ ...user, organizationId: 'Kari' })) }],
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
    expect(keep(Buffer.alloc(maxKeptBytes + 1, 'x'))).toMatchObject({ truncated: true, size: maxKeptBytes + 1 });
    expect(String(keep(Buffer.alloc(maxKeptBytes + 1, 'x'))['value']).length).toBeLessThan(6000);
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

  it.each(['Kari Nordmann', '01010112345', 'huma.user.01010112345.v1', `huma.${'x'.repeat(100)}`])(
    'does not show %s as a type',
    (type) => {
      const read = readRecord('users', record({ headers: { ...headers, ce_type: type } }));
      expect(read).toMatchObject({ ok: false, reason: { code: 'unknown-type' } });
      expect(JSON.stringify(read)).not.toContain(type);
      expect(keep(Buffer.from('x'), { headers: { ...headers, ce_type: type } })['headers']).toEqual({
        ...headers,
        ce_type: 'not-shown',
      });
    },
  );

  it('shows only the headers that say what it is', () => {
    const contentType = { 'content-type': 'application/json' };
    const kept = keep(Buffer.from('x'), { headers: { ...headers, ...contentType, email: 'kari@example.com' } });
    expect(kept['headers']).toEqual({ ...headers, ...contentType });
  });
});
