import { CreatePeopleAndLanes1795478400000 } from './create-people-and-lanes.migration.js';

/** In the order in which they run. */
export const migrations = [CreatePeopleAndLanes1795478400000] as const;
