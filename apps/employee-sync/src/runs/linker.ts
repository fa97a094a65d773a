import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Tx } from '@huma-poweroffice/platform';
import { link, type DecisionContext } from '@huma-poweroffice/sync-rules';
import { isHeld } from '../lanes/hold.js';
import { announceLanes } from '../lanes/lane-channel.js';
import type { LaneToSave, StoredLane } from '../lanes/lane-codec.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository } from '../lanes/world-repository.js';
import type { LaneJournal, LaneRecord } from '../sending/lane-journal.js';
import type { ItemResult, LinkRepository } from './link-repository.js';
import { hasMovedOn, recheck, type Verdict } from './recheck.js';
import type { LeasedRun, PlannedLink } from './run.js';
import type { RunRepository } from './run-repository.js';
import { holdUp } from './run-states.js';
import { RunSetback } from './setback.js';

/** People in one transaction: a cancel comes between two of these. */
const LINKS_AT_ONCE = 300;
/** How often somebody who is busy is tried before the administrator is told so. */
const MOST_TRIES = 5;
const FIRST_PAUSE_MS = 500;

/** A change of today, and what can wait: only the reference is to be written. */
const LIVE = 1;
const BACKGROUND = 3;

export interface LinkerLanes {
  readonly lanes: LaneRepository;
  readonly worlds: WorldRepository;
  readonly journal: LaneJournal;
}

/** What came of one look at a link. */
interface Linked {
  readonly result: ItemResult;
  readonly toSave?: LaneToSave;
  readonly entry?: LaneRecord;
}

/** 12. Executes the links of a plan: each is recorded at once, on a settled lane, without a request. */
export class Linker {
  constructor(
    private readonly database: Database,
    private readonly runs: RunRepository,
    private readonly links: LinkRepository,
    private readonly on: LinkerLanes,
    private readonly linksAtOnce = LINKS_AT_ONCE,
  ) {}

  /** Returns when nothing is left; what was done stays done, whoever goes on after a crash. */
  async link(run: LeasedRun, signal: AbortSignal): Promise<void> {
    for (let round = 0; ;) {
      signal.throwIfAborted();
      const next = await this.database.transaction((tx) => this.chunk(tx, run, round));
      if (next === null) return;
      if (next > round) await pause(FIRST_PAUSE_MS * 2 ** (next - 1), undefined, { signal });
      round = next;
    }
  }

  /** @returns the round in which what is left has its turn; null: nothing is left */
  private async chunk(tx: Tx, run: LeasedRun, round: number): Promise<number | null> {
    const held = holdUp(run, await this.runs.hold(tx, run, 'executing'));
    if (held) throw new RunSetback(held.kind === 'wait' ? 'unavailable' : 'rejected', held.code);
    const planned = await this.links.next(tx, run, this.linksAtOnce);
    const [first] = planned;
    if (!first) {
      await this.runs.settle(tx, run);
      return null;
    }
    if (first.tries > round) return first.tries;
    const results = await this.record(tx, run, planned);
    await this.links.save(tx, run, results);
    const done = results.filter(({ state }) => state === 'linked').length;
    const waiting = results.filter(({ state }) => state === 'pending').length;
    await this.runs.progressed(tx, run, done, results.length - done - waiting);
    return round;
  }

  private async record(tx: Tx, run: LeasedRun, planned: readonly PlannedLink[]): Promise<ItemResult[]> {
    const { lanes, worlds, journal } = this.on;
    const found = await this.links.lanes(
      tx,
      run,
      planned.map(({ userId }) => userId),
    );
    const stored = await lanes.lock(tx, run.connectionId, [...found.free]);
    const seen = await worlds.read(tx, run.connectionId, stored, null);
    // Read under the lanes' locks: whoever changes the client after this waits for them, and then forgets these links.
    if (seen?.connection.clientId !== run.clientId) throw new RunSetback('rejected', 'client-changed');
    const holders = await this.links.holders(
      tx,
      run,
      planned.map(({ employeeId }) => employeeId),
    );
    const byUser = new Map(stored.map((lane) => [lane.userId, lane]));
    const cause = `run ${run.id}`;
    const linked = planned.map((item): Linked => {
      const lane = byUser.get(item.userId);
      if (!lane) {
        const known = found.known.has(item.userId);
        return { result: resultOf(item, known ? busy : { kind: 'changed-since-review', reason: 'unknown-person' }) };
      }
      const world = seen.of(lane);
      const verdict = recheck(lane.lane, world, item, holders.get(item.employeeId) ?? null);
      const result = resultOf(item, verdict);
      return verdict.kind === 'link' ? { result, ...linkOf(run, item, lane, world, cause) } : { result };
    });
    const toSave = linked.flatMap((l) => l.toSave ?? []);
    await lanes.save(tx, run.connectionId, toSave);
    await this.links.causedBy(
      tx,
      run,
      cause,
      toSave.map(({ lane }) => lane.userId),
    );
    await journal.linked(
      tx,
      linked.flatMap((l) => l.entry ?? []),
      seen.now,
    );
    if (toSave.length > 0) await announceLanes(tx);
    return linked.map(({ result }) => result);
  }
}

const busy: Verdict = { kind: 'busy' };

const resultOf = ({ no, tries }: PlannedLink, verdict: Verdict): ItemResult => {
  switch (verdict.kind) {
    case 'link':
    case 'linked-already':
      return { no, state: 'linked', reason: null };
    case 'busy':
      return tries + 1 < MOST_TRIES
        ? { no, state: 'pending', reason: 'busy' }
        : { no, state: 'busy', reason: 'try-again' };
    case 'changed-since-review':
      return { no, state: 'changed-since-review', reason: verdict.reason };
  }
};

const linkOf = (
  run: LeasedRun,
  item: PlannedLink,
  stored: StoredLane,
  world: DecisionContext,
  cause: string,
): Pick<Linked, 'toSave' | 'entry'> => {
  const { employeeId, reference, shown, accountId, values } = item;
  const after = link(stored.lane, { employeeId, clientId: run.clientId, reference, shown, accountId }, values);
  const movedOn = hasMovedOn(values, world.person?.values ?? {});
  const { connectionId, userId } = stored;
  return {
    toSave: { lane: after, held: isHeld(after, world), class: movedOn ? LIVE : BACKGROUND },
    entry: {
      place: { connectionId, userId, cause, trace: null, organizationId: run.organizationId },
      step: { before: stored.lane, after, changes: [] },
    },
  };
};
