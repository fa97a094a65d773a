import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Keyring, parseKeys } from './keyring.js';
import { Secret } from './secret.js';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [old, fresh] = [key('old'), key('fresh')];
const ring = new Keyring(new Secret(`${fresh},${old}`));

describe('Keyring', () => {
  it('opens what it sealed, in its place only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (plain, aad, other) => {
        const sealed = ring.seal(plain, aad);
        expect(ring.open(sealed, aad).toString('utf8')).toBe(Buffer.from(plain).toString('utf8'));
        if (other !== aad) expect(() => ring.open(sealed, other)).toThrow();
      }),
    );
  });

  it('never uses a nonce twice', () => {
    const nonces = Array.from({ length: 1000 }, () => ring.seal('x', 'a').subarray(6, 18).toString('hex'));
    expect(new Set(nonces).size).toBe(1000);
  });

  it('does not open what was changed in any byte', () => {
    const sealed = ring.seal('12345678903', 'lane');
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => ring.open(changed, 'lane')).toThrow();
    }
  });

  it('opens with an old key, and says that it should be sealed anew', () => {
    const before = new Keyring(new Secret(old)).seal('x', 'a');
    expect(ring.open(before, 'a').toString()).toBe('x');
    expect([ring.needsRotation(before), ring.needsRotation(ring.seal('x', 'a'))]).toEqual([true, false]);
    expect(() => new Keyring(new Secret(fresh)).open(before, 'a')).toThrow('not known');
  });

  it('recognises a value by its keyed hash, in its context, with any key that it knows', () => {
    const mac = new Keyring(new Secret(old)).mac('value', 'here');
    expect(mac).not.toContain('value');
    expect([ring.isMacOf(mac, 'value', 'here'), ring.isMacOf(mac, 'other', 'here')]).toEqual([true, false]);
    expect(ring.isMacOf(mac, 'value', 'there')).toBe(false);
    expect(new Keyring(new Secret(fresh)).isMacOf(mac, 'value', 'here')).toBeNull();
  });

  it.each(['', 'a', 'a:short', ':AAAA'])('refuses %p as keys', (keys) => {
    expect(() => new Keyring(new Secret(keys))).toThrow('must be id:base64');
  });

  it('refuses two keys of one id: what the one sealed would not open with the other', () => {
    expect(() => new Keyring(new Secret(`${key('a')},${key('b')},${key('a')}`))).toThrow('two keys by one id');
  });
});

it.each([
  ['zeros', Buffer.alloc(32)],
  ['one repeated byte', Buffer.alloc(32, 0x61)],
])('a key of %s is refused: it is a placeholder', (_, key) => {
  expect(() => parseKeys(`k1:${key.toString('base64')}`)).toThrow('one byte repeated');
});
