import { randomUUID } from 'node:crypto';
import { abilitiesOf } from '../src/connections/abilities.js';
import type { Connection } from '../src/connections/connection.js';

/** An active connection of everyone; what matters to a test is said in `overrides`. */
export const aConnection = (overrides: Partial<Connection> = {}): Connection => ({
  connectionId: randomUUID(),
  organizationId: randomUUID(),
  version: 1,
  name: 'Oslo',
  phase: 'active',
  heldFor: null,
  group: null,
  client: { id: randomUUID(), name: 'Nordmann AS' },
  settings: { createUsers: false, sendPositions: true, mail: { recipients: ['hr@example.com'], language: 'nb' } },
  abilities: abilitiesOf({ validPrivileges: ['Employee_Full', 'EmployeeBankAccounts_Full'], invalidPrivileges: [] }),
  activatedAt: null,
  createdAt: Date.parse('2026-11-23T09:30:00Z'),
  changedAt: Date.parse('2026-11-23T09:30:00Z'),
  ...overrides,
});
