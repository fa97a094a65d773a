import { randomUUID } from 'node:crypto';
import type { Database, Keyring, Logger } from '@huma-poweroffice/platform';
import type { PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import type { Timing } from '@huma-poweroffice/sync-rules';
import { AuditRepository } from '../audit/audit-repository.js';
import { ClientKnowledge } from '../client-knowledge/client-knowledge.js';
import { EmployeeIndex } from '../client-knowledge/employee-index.js';
import { SeriesRepository } from '../client-knowledge/number-series.js';
import { PrivilegeWaits } from '../client-knowledge/waiting-connections.js';
import type { Connector } from '../connector/connector.js';
import { PaidCalls } from '../connector/paid-calls.js';
import { Tokens } from '../connector/tokens.js';
import { LaneRepository } from '../lanes/lane-repository.js';
import { LooksShare } from '../lanes/looks-share.js';
import { TurnRepository } from '../lanes/turn-repository.js';
import { WorldRepository } from '../lanes/world-repository.js';
import { Claimer } from './claimer.js';
import { Dispatcher } from './dispatcher.js';
import { Errands } from './errands.js';
import { LaneJournal } from './lane-journal.js';
import { PowerOfficeSender } from './poweroffice-sender.js';
import { PrivilegeReports } from '../connector/privilege-reports.js';
import { Recorder } from './recorder.js';

/** What sending needs from outside. */
export interface SendingNeeds {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly connector: Connector;
  readonly client: PowerOfficeClient;
  readonly timing: Timing;
  /** How far apart requests are that are made only because somebody waits, over all processes, in milliseconds. */
  readonly looksEveryMs: number;
  readonly logger: Logger;
}

/** The parts that bring lanes to PowerOffice, put together. */
export interface Sending {
  readonly dispatcher: Dispatcher;
  readonly knowledge: ClientKnowledge;
  readonly tokens: Tokens;
  readonly calls: PaidCalls;
  readonly lanes: LaneRepository;
  readonly turns: TurnRepository;
  readonly share: LooksShare;
  readonly worlds: WorldRepository;
  readonly audit: AuditRepository;
  readonly journal: LaneJournal;
}

export const createSending = (needs: SendingNeeds): Sending => {
  const { database, keyring, connector, client, timing, logger } = needs;
  const lanes = new LaneRepository(keyring);
  const worlds = new WorldRepository(keyring, timing, { id: randomUUID, jitter: Math.random });
  const audit = new AuditRepository(keyring);
  const journal = new LaneJournal(audit, 'employee-sync');
  const tokens: Tokens = new Tokens(connector, () => {
    dispatcher.wake();
  });
  const calls = new PaidCalls(connector, tokens, logger);
  const index = new EmployeeIndex(database, timing.readLagMs);
  const series = new SeriesRepository(database);
  const turns = new TurnRepository();
  const share = new LooksShare(database, needs.looksEveryMs);
  const knowledge = new ClientKnowledge({
    index,
    series,
    privilegeWaits: new PrivilegeWaits(database),
    share,
    client,
    calls,
    connector,
    tokens,
    logger,
  });
  const sender = new PowerOfficeSender(client, connector, calls, timing.clientTimeoutMs);
  const privileges = new PrivilegeReports(connector);
  const recorder = new Recorder(database, lanes, worlds, journal, { index, privileges, logger });
  const errands = new Errands(sender, recorder, logger);
  const claimer = new Claimer(database, lanes, worlds, journal, { timing, privileges, logger });
  const dispatcher = new Dispatcher(
    database,
    turns,
    share,
    claimer,
    { permits: connector, tokens },
    {
      work: {
        perform: (errand, token, permit) => errands.perform(errand, token, permit),
        refreshEmployees: (connectionId) => {
          knowledge.refreshEmployees(connectionId);
        },
      },
      logger,
    },
  );
  return { dispatcher, knowledge, tokens, calls, lanes, turns, share, worlds, audit, journal };
};
