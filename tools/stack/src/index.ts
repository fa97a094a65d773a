export { startKafka, type KafkaOptions, type KafkaServer } from './kafka.js';
export { startProcess, type ProcessOptions, type RunningProcess } from './managed-process.js';
export { freePort, freePorts } from './ports.js';
export { createDatabase, queryOnce, startPostgres, type Postgres, type PostgresOptions } from './postgres.js';
export { stopEverything, stopOnSignals } from './shutdown.js';
export { StackError } from './stack-error.js';
export { createAndAwait, createTopics, deleteTopics } from './topics.js';
export { apps, defaultPorts, environmentOf, urlOf, type Addresses, type App } from './environment.js';
export { startStack, type Stack, type StackOptions } from './stack.js';
