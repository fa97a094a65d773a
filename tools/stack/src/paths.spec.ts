import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardLeftovers } from './paths.js';

test('only what a demo left behind that is gone is removed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leftovers-'));
  try {
    // No system gives out a pid that large.
    const kept = ['dev', `demo-${String(process.pid)}`, 'demo-x', 'system-999999999', 'kafka-1'];
    for (const name of [...kept, 'demo-999999999']) mkdirSync(join(folder, name, 'postgres'), { recursive: true });
    discardLeftovers('demo', folder);
    expect(readdirSync(folder).sort()).toEqual([...kept].sort());
    discardLeftovers('demo', join(folder, 'nowhere'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
