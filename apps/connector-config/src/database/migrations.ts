import { CreateRequestBudget1795478400000 } from '../budget/request-budget.migration.js';
import { CreateConnections1795564800000 } from './create-connections.migration.js';

/** All migrations of this service's database, oldest first. */
export const migrations = [CreateRequestBudget1795478400000, CreateConnections1795564800000] as const;
