import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Secret } from './secret.js';

const NONCE = 12;
const TAG = 16;
/** Nonces that are drawn at once: asking the system for each costs more than sealing a small value. */
const NONCES = 256;

/**
 * Keys by their ids, the first one first.
 * @param text `id:base64(32 bytes)`, separated by commas
 * @throws Error half a sentence about what is wrong, without a key
 */
export const parseKeys = (text: string): ReadonlyMap<string, Buffer> => {
  const entries = text.split(',').map((part): [string, Buffer] => {
    const at = part.indexOf(':');
    return [part.slice(0, at).trim(), Buffer.from(part.slice(at + 1), 'base64')];
  });
  if (entries.some(([id, key]) => !/^[\w-]{1,32}$/.test(id) || key.length !== 32))
    throw new Error('must be id:base64 of 32 bytes, separated by commas');
  // A key of one repeated byte is a placeholder that was never replaced.
  if (entries.some(([, key]) => key.every((byte) => byte === key[0])))
    throw new Error('must not hold a key that is one byte repeated');
  const keys = new Map(entries);
  if (keys.size < entries.length) throw new Error('must not name two keys by one id');
  return keys;
};

/**
 * Seals values with AES-256-GCM. A sealed value carries the id of its key, so that keys can be rotated: the first
 * seals, all open. The context (`aad`) binds a value to its place: one that was moved elsewhere does not open.
 */
export class Keyring {
  private readonly keys: ReadonlyMap<string, Buffer>;
  private readonly current: string;
  private nonces: Buffer = Buffer.alloc(0);

  /** @param keys as `parseKeys` reads them, and throws when they are not right */
  constructor(keys: Secret) {
    this.keys = parseKeys(keys.reveal());
    this.current = [...this.keys.keys()][0] as string;
  }

  /** @returns key id's length, key id, nonce, tag, ciphertext */
  seal(plain: string | Buffer, aad: string): Buffer {
    const nonce = this.nextNonce();
    const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.current) as Buffer, nonce);
    cipher.setAAD(Buffer.from(aad));
    const body = Buffer.concat([
      typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain),
      cipher.final(),
    ]);
    return Buffer.concat([
      Buffer.from([this.current.length]),
      Buffer.from(this.current),
      nonce,
      cipher.getAuthTag(),
      body,
    ]);
  }

  /** @throws Error when the key is not known, the value was changed, or belongs to another context */
  open(sealed: Buffer, aad: string): Buffer {
    const id = this.keyId(sealed);
    const key = this.keys.get(id);
    if (!key) throw new Error(`The value was sealed with a key that is not known here: ${id}`);
    const at = 1 + id.length;
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(at, at + NONCE), { authTagLength: TAG });
    decipher.setAAD(Buffer.from(aad));
    decipher.setAuthTag(sealed.subarray(at + NONCE, at + NONCE + TAG));
    return Buffer.concat([decipher.update(sealed.subarray(at + NONCE + TAG)), decipher.final()]);
  }

  /**
   * A keyed hash (HMAC-SHA-256 with a key derived from the first key), by which a value can be recognised later without
   * being kept. Equal values in one context have equal hashes as long as the key stays the same.
   * @returns the key's id, a colon, and the hash in base64url
   */
  mac(value: string, context: string): string {
    return this.macWith(this.current, this.keys.get(this.current) as Buffer, value, context);
  }

  /** Whether a keyed hash is of this value; null when its key is not known any more. */
  isMacOf(mac: string, value: string, context: string): boolean | null {
    const id = mac.slice(0, mac.indexOf(':'));
    const key = this.keys.get(id);
    return key ? this.macWith(id, key, value, context) === mac : null;
  }

  /** The id of the first key, as it stands in sealed values. */
  get currentId(): Buffer {
    return Buffer.from(this.current);
  }

  /** Whether the value was sealed with another key than the first. */
  needsRotation(sealed: Buffer): boolean {
    return this.keyId(sealed) !== this.current;
  }

  private macWith(id: string, key: Buffer, value: string, context: string): string {
    const derived = Buffer.from(hkdfSync('sha256', key, '', 'keyed hash', 32));
    return `${id}:${createHmac('sha256', derived).update(`${context}\n${value}`).digest('base64url')}`;
  }

  /** Random, and never the same twice. */
  private nextNonce(): Buffer {
    if (this.nonces.length === 0) this.nonces = randomBytes(NONCE * NONCES);
    const nonce = this.nonces.subarray(0, NONCE);
    this.nonces = this.nonces.subarray(NONCE);
    return nonce;
  }

  private keyId(sealed: Buffer): string {
    return sealed.subarray(1, 1 + (sealed[0] ?? 0)).toString('latin1');
  }
}
