import fc from 'fast-check';
import { aConnection } from '../../test/a-connection.js';
import { connectionChanged, type Connection } from '../connections/connection.js';
import { phases } from '../connections/transitions.js';
import { newest, restored } from './restored.js';

const now = Date.parse('2026-11-26T12:00:00Z');
const connections = fc
  .record({
    phase: fc.constantFrom(...phases),
    version: fc.integer({ min: 1, max: 50 }),
    activatedAt: fc.constantFrom(null, Date.parse('2026-11-24T08:00:00Z')),
    createUsers: fc.boolean(),
  })
  .map(({ phase, version, activatedAt, createUsers }): Connection => {
    const base = aConnection({ version, phase, activatedAt });
    const heldFor = phase.startsWith('held') ? 'key-refused' : null;
    return { ...base, heldFor, connectionId: 'c', settings: { ...base.settings, createUsers } };
  });

describe('a connection whose published state our database does not know', () => {
  it('is above both versions, sends nothing, and never comes back from a disconnect', () => {
    fc.assert(
      fc.property(fc.option(connections), connections, (current, later) => {
        const published = connectionChanged(later);
        const result = restored(current, published, now);
        const gone = current?.phase === 'disconnected' || later.phase === 'disconnected';
        if (!result) {
          expect(current).toBeNull();
          expect(gone).toBe(true);
          return;
        }
        const { connection } = result;
        expect(connection.version).toBeGreaterThan(Math.max(current?.version ?? 0, later.version));
        const after = connectionChanged(connection);
        expect(after.state).toBe(gone ? 'disconnected' : 'paused');
        expect(after.pauseReason).toBe(gone ? null : 'restored');
        for (const part of ['name', 'group', 'client', 'settings', 'abilities', 'activatedAt'] as const)
          expect(after[part]).toEqual(published[part]);
      }),
    );
  });

  it('is taken from the newest of several states', () => {
    const states = [3, 5, 4].map((version) => connectionChanged(aConnection({ connectionId: 'c', version })));
    expect(newest(states).map(({ version }) => version)).toEqual([5]);
  });
});
