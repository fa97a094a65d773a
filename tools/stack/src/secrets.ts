import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from './environment.js';

/** The secrets of an instance: made at its first start, readable by its owner only, kept with its data. */
export const secretsOf = (folder: string): Secrets => {
  const file = join(folder, 'secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const secrets: Secrets = {
    serviceClientSecret: randomBytes(24).toString('base64url'),
    subscriptionKey: randomBytes(16).toString('hex'),
    applicationKey: randomUUID(),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
};
