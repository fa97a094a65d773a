import type { Database, Logger, Tx } from '@huma-poweroffice/platform';
import {
  claim,
  waitingFor,
  type DecisionContext,
  type Lane,
  type NextRequest,
  type Step,
  type Task,
  type Timing,
} from '@huma-poweroffice/sync-rules';
import type { LaneToSave, StoredLane } from '../lanes/lane-codec.js';
import { isHeld } from '../lanes/hold.js';
import type { LaneRepository, UnopenedLane } from '../lanes/lane-repository.js';
import type { WorldRepository, Worlds } from '../lanes/world-repository.js';
import type { PrivilegeReports } from '../connector/privilege-reports.js';
import { callOf } from './call.js';
import type { Errand } from './errand.js';
import type { LaneJournal, LaneRecord } from './lane-journal.js';
import { afterMistake } from './mistake.js';
import { personalValuesOf } from './personal-values.js';
import { intendedChanges, isWrite } from './report.js';

/**
 * What a claim brought. `refresh-employees`: the index of the client's employees is too old for an automatic create;
 * `settled`: some lanes had nothing to send, there may be more; `none`: nothing is left here; `wrong-client`: the token
 * is of another client than the connection's.
 */
export type Claim =
  | { readonly kind: 'errand'; readonly errand: Errand }
  | { readonly kind: 'refresh-employees' | 'settled' | 'none' | 'wrong-client' };

export interface ClaimerOptions {
  readonly timing: Timing;
  readonly privileges: Pick<PrivilegeReports, 'report'>;
  readonly logger: Logger;
}

/** Lanes that are looked at in one transaction: most of those that have nothing to send are settled together. */
const LANES_PER_CLAIM = 20;
/** How soon a lane that waits for the index of emails is looked at if the index does not come. */
const INDEX_RETRY_MS = 5000;

/**
 * Rule 3. Claims the best lane of a connection: one transaction locks, decides from what is true now, and writes the intent.
 * Lanes on the way that have nothing to send are settled in the same transaction.
 */
export class Claimer {
  constructor(
    private readonly database: Database,
    private readonly lanes: LaneRepository,
    private readonly worlds: WorldRepository,
    private readonly journal: LaneJournal,
    private readonly options: ClaimerOptions,
  ) {}

  /** @param worstClass lanes of worse classes are left alone */
  async claim(connectionId: string, tokenClientId: string, worstClass?: number): Promise<Claim> {
    // Rule 4. The local deadline is taken before the claim begins.
    const began = performance.now();
    return this.database.transaction((tx) => this.within(tx, connectionId, tokenClientId, began, worstClass));
  }

  private async within(
    tx: Tx,
    connectionId: string,
    tokenClientId: string,
    began: number,
    worstClass?: number,
  ): Promise<Claim> {
    await this.worlds.holdConnection(tx, connectionId);
    const { lanes: due, unopened } = await this.lanes.lockDue(tx, connectionId, LANES_PER_CLAIM, worstClass);
    await this.park(tx, connectionId, unopened);
    if (due.length === 0) return { kind: unopened.length > 0 ? 'settled' : 'none' };
    const newcomers = due.filter(({ lane }) => lane.isNew);
    const held = await this.worlds.holdEmails(
      tx,
      connectionId,
      newcomers.map(({ userId }) => userId),
    );
    const worlds = await this.worlds.read(tx, connectionId, due, tokenClientId, held);
    if (!worlds?.connection.active) return { kind: 'none' };
    // Rule 2. The token was got before; the connection may have changed its client since.
    if (worlds.connection.clientId !== tokenClientId) return { kind: 'wrong-client' };
    const toSave: LaneToSave[] = [];
    const decided: LaneRecord[] = [];
    let claimed: Claim = { kind: 'settled' };
    for (const stored of due) {
      const place = { ...stored, organizationId: worlds.organizationId };
      const step = this.decide(worlds, stored);
      if (!step) {
        const lane = afterMistake(stored.lane, worlds.now, Math.random());
        toSave.push({ lane, held: false, class: stored.class });
        decided.push({ place, step: { before: stored.lane, after: lane, changes: [] } });
        continue;
      }
      const { context, lane, task, changes } = step;
      const held = isHeld(lane, context);
      if (task.kind === 'refresh-index') {
        toSave.push({ lane, held, class: stored.class, notBefore: context.now + INDEX_RETRY_MS });
        claimed = { kind: 'refresh-employees' };
        break;
      }
      toSave.push({ lane, held, class: stored.class });
      const record = { place, step: { before: stored.lane, after: lane, changes } };
      decided.push(record);
      if (task.kind === 'nothing') continue;
      const call = callOf(task);
      if (call !== null && lane.attempt && isWrite(task)) {
        const intent = { attemptId: lane.attempt.id, call, changes: intendedChanges(lane) };
        await this.journal.intended(tx, record, intent);
      }
      const { trace, waitedMs } = stored;
      const { organizationId } = worlds;
      const personalValues = personalValuesOf(lane, context);
      const errand = {
        ...this.errandOf(lane, task, began),
        personalValues,
        connectionId,
        organizationId,
        trace,
        waitedMs,
      };
      claimed = { kind: 'errand', errand };
      break;
    }
    await this.journal.decided(tx, decided, worlds.now);
    await this.lanes.save(tx, connectionId, toSave);
    if (toSave.some(({ lane }) => waitingFor(lane).includes('privilege'))) this.options.privileges.report(connectionId);
    return claimed;
  }

  /** A lane that cannot be opened holds only itself, and is reported. */
  private async park(tx: Tx, connectionId: string, unopened: readonly UnopenedLane[]): Promise<void> {
    for (const { userId, error } of unopened)
      this.options.logger.error({ err: error, connectionId, userId }, 'the state of a lane could not be opened');
    await this.lanes.parkUnopened(
      tx,
      connectionId,
      unopened.map(({ userId }) => userId),
    );
  }

  /** @returns null when nothing can be decided for the person by a mistake of ours: nobody else waits for that */
  private decide(worlds: Worlds, stored: StoredLane): (Step<Task> & { readonly context: DecisionContext }) | null {
    try {
      const context = worlds.of(stored);
      return { ...claim(stored.lane, context), context };
    } catch (error) {
      const { connectionId, userId } = stored;
      this.options.logger.error({ err: error, connectionId, userId }, 'what to send for a person could not be decided');
      return null;
    }
  }

  private errandOf(
    lane: Lane,
    task: NextRequest,
    began: number,
  ): Pick<Errand, 'userId' | 'task' | 'attempt' | 'fence' | 'sendBefore' | 'recordBefore'> {
    const { attempt } = lane;
    if (!attempt) throw new Error(`A lane was claimed for ${task.kind} without an attempt`);
    const { sendWindowMs, leaseMs } = this.options.timing;
    return {
      userId: lane.userId,
      task,
      attempt,
      fence: attempt.reading?.id ?? attempt.id,
      sendBefore: began + sendWindowMs,
      recordBefore: began + leaseMs,
    };
  }
}
