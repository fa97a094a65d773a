import { ShareRequestBudget1795651200000 } from '../budget/fair-budget.migration.js';
import { CreateRequestBudget1795478400000 } from '../budget/request-budget.migration.js';
import { CreateKeyTries1795651260000 } from '../clients/key-tries.migration.js';
import { TallyConnections1795651440000 } from '../connections/connection-tally.migration.js';
import { CreateProbes1795651320000 } from '../refusals/probes.migration.js';
import { SeparateTokenKinds1795651380000 } from '../tokens/token-kinds.migration.js';
import { LetRestoredShareClients1795651500000 } from '../restore/restored-clients.migration.js';
import { CreateConnections1795564800000 } from './create-connections.migration.js';

/** All migrations of this service's database, oldest first. */
export const migrations = [
  CreateRequestBudget1795478400000,
  CreateConnections1795564800000,
  ShareRequestBudget1795651200000,
  CreateKeyTries1795651260000,
  CreateProbes1795651320000,
  SeparateTokenKinds1795651380000,
  TallyConnections1795651440000,
  LetRestoredShareClients1795651500000,
] as const;
