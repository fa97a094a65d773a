import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretsOf } from './secrets.js';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
const file = join(folder, 'secrets.json');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the secrets of an instance stay, are for its owner only, and encrypt with 32 bytes', () => {
  const secrets = secretsOf(folder);
  expect(secretsOf(folder)).toEqual(secrets);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const keys = Object.values(secrets.encryptionKeys).map((text) => text.split(':'));
  expect(keys.map(([id, key = '']) => [id, Buffer.from(key, 'base64').length])).toEqual([
    ['1', 32],
    ['1', 32],
  ]);
});

test('an older instance gets what it lacks and keeps the rest', () => {
  writeFileSync(file, JSON.stringify({ applicationKey: 'kept' }));
  const secrets = secretsOf(folder);
  expect(secrets).toMatchObject({ applicationKey: 'kept', serviceClientSecret: expect.any(String) as string });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(secrets);
});
