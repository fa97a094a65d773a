import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';

// The address of a module is percent-encoded where the path of its file is not.
it('finds the gRPC contract in a folder whose path has spaces and letters like å', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'contracts-')), 'blå mappe');
  try {
    mkdirSync(join(folder, 'dist'), { recursive: true });
    cpSync(join(import.meta.dirname, '../proto'), join(folder, 'proto'), { recursive: true });
    const source = readFileSync(join(import.meta.dirname, 'connector.ts'), 'utf8');
    const { code } = transformSync(source, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'es6' } });
    writeFileSync(join(folder, 'dist/connector.mjs'), `${code}\nconsole.log(connectorProtoPath);`);
    const path = execFileSync(process.execPath, [join(folder, 'dist/connector.mjs')], { encoding: 'utf8' }).trim();
    expect(existsSync(path)).toBe(true);
  } finally {
    rmSync(join(folder, '..'), { recursive: true });
  }
});
