import type { Database, Logger, Tx } from '@huma-poweroffice/platform';
import { claim, type Lane, type Step, type Task, type Timing, type World } from '@huma-poweroffice/sync-rules';
import type { LaneToSave, StoredLane } from '../lanes/lane-codec.js';
import { isHeld } from '../lanes/hold.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository, Worlds } from '../lanes/world-repository.js';
import { callOf } from './call.js';
import type { Errand } from './errand.js';
import type { LaneJournal, LaneRecord } from './lane-journal.js';
import { afterMistake } from './mistake.js';
import { intendedChanges, isWrite } from './report.js';

/**
 * What a claim brought. `refresh-employees`: the index of the client's employees is too old for an automatic create;
 * `settled`: some lanes had nothing to send, there may be more; `none`: nothing is left here; `wrong-client`: the token
 * is of another client than the connection's.
 */
export type Claim =
  | { readonly kind: 'errand'; readonly errand: Errand }
  | { readonly kind: 'refresh-employees' | 'settled' | 'none' | 'wrong-client' };

/** Lanes that are looked at in one transaction: most of those that have nothing to send are settled together. */
const LANES_PER_CLAIM = 20;
/** How soon a lane that waits for the index of emails is looked at if the index does not come. */
const INDEX_RETRY_MS = 5000;

/**
 * 3. Claims the best lane of a connection: one transaction locks, decides from what is true now, and writes the intent.
 * Lanes on the way that have nothing to send are settled in the same transaction.
 */
export class Claimer {
  constructor(
    private readonly database: Database,
    private readonly lanes: LaneRepository,
    private readonly worlds: WorldRepository,
    private readonly journal: LaneJournal,
    private readonly options: { readonly timing: Timing; readonly logger: Logger },
  ) {}

  async claim(connectionId: string, tokenClientId: string): Promise<Claim> {
    // 4. The local deadline is taken before the claim begins.
    const began = performance.now();
    return this.database.transaction((tx) => this.within(tx, connectionId, tokenClientId, began));
  }

  private async within(tx: Tx, connectionId: string, tokenClientId: string, began: number): Promise<Claim> {
    const due = await this.lanes.lockDue(tx, connectionId, LANES_PER_CLAIM);
    if (due.length === 0) return { kind: 'none' };
    const worlds = await this.worlds.read(tx, connectionId, due, tokenClientId);
    if (!worlds?.connection.active) return { kind: 'none' };
    // 2. The token was got before; the connection may have changed its client since.
    if (worlds.connection.clientId !== tokenClientId) return { kind: 'wrong-client' };
    const toSave: LaneToSave[] = [];
    const decided: LaneRecord[] = [];
    let claimed: Claim = { kind: 'settled' };
    for (const stored of due) {
      const step = this.decide(worlds, stored);
      if (!step) {
        const lane = afterMistake(stored.lane, worlds.now);
        toSave.push({ ...stored, lane, held: false });
        const place = { ...stored, organizationId: worlds.organizationId };
        decided.push({ place, step: { before: stored.lane, after: lane, changes: [] } });
        continue;
      }
      const { world, lane, task, changes } = step;
      const held = isHeld(lane, world);
      if (task.kind === 'refresh-index') {
        toSave.push({ lane, held, class: stored.class, notBefore: world.now + INDEX_RETRY_MS });
        claimed = { kind: 'refresh-employees' };
        break;
      }
      toSave.push({ lane, held, class: stored.class });
      const place = { ...stored, organizationId: worlds.organizationId };
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
      const errand = { ...this.errandOf(lane, task, began), connectionId, organizationId, trace, waitedMs };
      claimed = { kind: 'errand', errand };
      break;
    }
    await this.journal.decided(tx, decided, worlds.now);
    await this.lanes.save(tx, connectionId, toSave);
    return claimed;
  }

  /** @returns null when nothing can be decided for the person by a mistake of ours: nobody else waits for that */
  private decide(worlds: Worlds, stored: StoredLane): (Step<Task> & { readonly world: World }) | null {
    try {
      const world = worlds.of(stored);
      return { ...claim(stored.lane, world), world };
    } catch (error) {
      const { connectionId, userId } = stored;
      this.options.logger.error({ err: error, connectionId, userId }, 'what to send for a person could not be decided');
      return null;
    }
  }

  private errandOf(
    lane: Lane,
    task: Exclude<Task, { kind: 'nothing' | 'refresh-index' }>,
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
