import { CreatePeopleAndLanes1795478400000 } from './create-people-and-lanes.migration.js';
import { AskForPrivileges1795485600000 } from './ask-for-privileges.migration.js';
import { CreateRuns1795482000000 } from './create-runs.migration.js';
import { KnowClients1795489200000 } from './know-clients.migration.js';

/** In the order in which they run. */
export const migrations = [
  CreatePeopleAndLanes1795478400000,
  CreateRuns1795482000000,
  AskForPrivileges1795485600000,
  KnowClients1795489200000,
] as const;
