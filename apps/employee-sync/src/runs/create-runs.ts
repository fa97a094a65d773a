import { randomUUID } from 'node:crypto';
import type { Database, Keyring, Logger } from '@huma-poweroffice/platform';
import type { PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import type { Connector } from '../connector/connector.js';
import type { Sending } from '../sending/create-sending.js';
import { CollectionRepository } from './collection-repository.js';
import { Collector } from './collector.js';
import { Executor } from './executor.js';
import { FreshLooks } from './fresh-look.js';
import { LinkRepository } from './link-repository.js';
import { Linker } from './linker.js';
import { PowerOfficeReader } from './poweroffice-reader.js';
import { ReportRepository } from './report-repository.js';
import { RunRepository } from './run-repository.js';
import { RunRequestsRepository } from './run-requests-repository.js';
import { RunService } from './run-service.js';
import { RunWorker, type RunWork } from './run-worker.js';
import { ReportCleaner } from './report-cleaner.js';
import { StandingRepository } from './standing-repository.js';
import { WakingRepository } from './waking-repository.js';

/** What runs need from outside. */
export interface RunsNeeds {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly connector: Connector;
  readonly client: PowerOfficeClient;
  readonly sending: Pick<Sending, 'calls' | 'tokens' | 'lanes' | 'worlds' | 'audit' | 'journal' | 'knowledge'>;
  /** Resolves once everything that Kafka held at the moment of the call was taken in; rejects when the signal ends it. */
  readonly caughtUp: (signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
  /** PowerOffice's budget: what is expected to be left of a run is computed from it. */
  readonly requestsPerSecond?: number;
  /** Employees on a page: PowerOffice gives 20,000 at most. */
  readonly pageSize?: number;
  /** People who are linked in one transaction; a cancel comes between two of these. */
  readonly linksAtOnce?: number;
  /** Runs that are collected, and runs that are executed, side by side in this process. */
  readonly runsAtOnce?: number;
  /** How long somebody may watch one run, in milliseconds. */
  readonly watchMs?: number;
}

/** Runs, put together: what HTTP asks, and the workers that carry them on. */
export interface Runs {
  readonly service: RunService;
  start(): void;
  stop(): Promise<void>;
}

export const createRuns = (needs: RunsNeeds): Runs => {
  const {
    database,
    keyring,
    connector,
    client,
    logger,
    caughtUp,
    requestsPerSecond = 10,
    pageSize,
    linksAtOnce,
    watchMs,
    runsAtOnce = 3,
  } = needs;
  const { calls, tokens, lanes, worlds, audit, journal, knowledge } = needs.sending;
  const runs = new RunRepository(database, randomUUID());
  const reader = new PowerOfficeReader(client, connector, tokens, calls, pageSize);
  const collection = new CollectionRepository(keyring);
  const links = new LinkRepository(keyring, collection);
  const collector = new Collector(database, runs, collection, reader, {
    ...{ caughtUp, index: knowledge.index, logger },
    waking: new WakingRepository(),
    ask: {
      privileges: (connectionId) => {
        connector.reportWaitingForPrivilege(connectionId);
      },
      employees: (connectionId) => {
        knowledge.refreshEmployees(connectionId, 'asked');
      },
    },
  });
  const looks = new FreshLooks(database, runs, collection, reader);
  const standing = new StandingRepository();
  const linker = new Linker(database, { runs, links, standing, looks }, { lanes, worlds, journal, audit }, linksAtOnce);
  const executor = new Executor({ link: linker }, { runs, connector, caughtUp });
  const works: readonly RunWork[] = [
    { state: 'collecting', perform: (run, signal) => collector.collect(run, signal) },
    { state: 'executing', perform: (run, signal) => executor.execute(run, signal) },
  ];
  // Each works on one run: a connection whose PowerOffice does not answer holds up only the worker that has it.
  const workers = works.flatMap((work) => Array.from({ length: runsAtOnce }, () => new RunWorker(runs, work, logger)));
  const cleaner = new ReportCleaner(database, logger);
  const wake = (): void => {
    for (const worker of workers) worker.wake();
  };
  return {
    service: new RunService(new RunRequestsRepository(database, links, audit), runs, new ReportRepository(database), {
      requestsPerSecond,
      wake,
      ...(watchMs !== undefined && { watchMs }),
    }),
    start: () => {
      for (const worker of workers) worker.start();
      cleaner.start();
    },
    stop: async () => {
      cleaner.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
};
