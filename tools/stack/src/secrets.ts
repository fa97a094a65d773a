import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from './environment.js';

const encryptionKeys = (): string => `1:${randomBytes(32).toString('base64')}`;

const newSecrets = (): Secrets => ({
  serviceClientSecret: randomBytes(24).toString('base64url'),
  subscriptionKey: randomBytes(16).toString('hex'),
  applicationKey: randomUUID(),
  encryptionKeys: { 'connector-config': encryptionKeys(), 'employee-sync': encryptionKeys() },
});

/**
 * The secrets of an instance: made at its first start, readable by its owner only, kept with its data. An instance that
 * is older than one of them gets that one added.
 */
export const secretsOf = (folder: string): Secrets => {
  const file = join(folder, 'secrets.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {};
  const secrets = { ...newSecrets(), ...kept };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
};
