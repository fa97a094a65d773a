import { CreatePeopleAndLanes1795478400000 } from './create-people-and-lanes.migration.js';
import { AskForPrivileges1795485600000 } from './ask-for-privileges.migration.js';
import { CreateRuns1795482000000 } from './create-runs.migration.js';
import { KnowClients1795489200000 } from './know-clients.migration.js';
import { TakeInWhateverComes1795492800000 } from './take-in-whatever-comes.migration.js';
import { LaneWaits1795496400000 } from './lane-waits.migration.js';
import { HiredAgain1795503600000 } from './hired-again.migration.js';
import { RunLeases1795507200000 } from './run-leases.migration.js';
import { RunEvidence1795500000000 } from './run-evidence.migration.js';
import { FindLanes1795510800000 } from './find-lanes.migration.js';
import { WatchWaits1795514400000 } from './watch-waits.migration.js';

/** In the order in which they run. */
export const migrations = [
  CreatePeopleAndLanes1795478400000,
  CreateRuns1795482000000,
  AskForPrivileges1795485600000,
  KnowClients1795489200000,
  TakeInWhateverComes1795492800000,
  LaneWaits1795496400000,
  RunEvidence1795500000000,
  HiredAgain1795503600000,
  RunLeases1795507200000,
  FindLanes1795510800000,
  WatchWaits1795514400000,
] as const;
