import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Tx } from '@huma-poweroffice/platform';
import { link } from '@huma-poweroffice/sync-rules';
import type { AuditRepository } from '../audit/audit-repository.js';
import { isHeld } from '../lanes/hold.js';
import { announceLanes } from '../lanes/lane-channel.js';
import type { LaneToSave, StoredLane } from '../lanes/lane-codec.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository } from '../lanes/world-repository.js';
import type { LaneJournal, LaneRecord } from '../sending/lane-journal.js';
import { endLink } from '../lanes/end-link.js';
import { isFresh, type FreshLook, type FreshLooks } from './fresh-look.js';
import { gate, type Cleared, type Verdict } from './gate.js';
import { referenceNow } from './judge-link.js';
import { seeLinks } from './link-evidence.js';
import type { ItemResult, LinkRepository } from './link-repository.js';
import { hasMovedOn } from './moved-on.js';
import type { LeasedRun, PlannedLink } from './run.js';
import type { RunRepository } from './run-repository.js';
import { holdUp } from './run-states.js';
import { RunSetback } from './setback.js';
import type { StandingRepository } from './standing-repository.js';

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
  readonly audit: AuditRepository;
}

/** Where the links of a plan are, and what is looked at before one is recorded. */
export interface LinkerParts {
  readonly runs: RunRepository;
  readonly links: LinkRepository;
  readonly standing: StandingRepository;
  readonly looks: Pick<FreshLooks, 'look'>;
}

type LinkVerdict = Verdict<'link', PlannedLink>;

/** A link that is recorded, and the lane of somebody who gives the employee up for it. */
interface Linked {
  readonly toSave: LaneToSave;
  readonly entry: LaneRecord;
  readonly ended: StoredLane | null;
}

/** 12. Executes the links of a plan: each is recorded at once, on a settled lane, without a write. */
export class Linker {
  constructor(
    private readonly database: Database,
    private readonly parts: LinkerParts,
    private readonly on: LinkerLanes,
    private readonly linksAtOnce = LINKS_AT_ONCE,
  ) {}

  /** Returns when nothing is left; what was done stays done, whoever goes on after a crash. */
  async execute(run: LeasedRun, signal: AbortSignal): Promise<void> {
    let look = await this.lookAgain(run, signal);
    for (let round = 0; ;) {
      signal.throwIfAborted();
      if (!isFresh(look)) look = await this.lookAgain(run, signal);
      const next = await this.chunk(run, round, look);
      if (next === null) return;
      if (next > round) await pause(FIRST_PAUSE_MS * 2 ** (next - 1), undefined, { signal });
      round = next;
    }
  }

  /** PowerOffice is not asked where nothing is left. */
  private async lookAgain(run: LeasedRun, signal: AbortSignal): Promise<FreshLook> {
    const left = await this.parts.links.employeesLeft(this.database, run);
    return left.size > 0 ? this.parts.looks.look(run, left, signal) : nothingToSee;
  }

  /** @returns the round in which what is left has its turn; null: nothing is left */
  private async chunk(run: LeasedRun, round: number, look: FreshLook): Promise<number | null> {
    const { runs, links } = this.parts;
    return this.database.transaction(async (tx) => {
      await this.on.worlds.holdConnection(tx, run.connectionId);
      const held = holdUp(run, await runs.hold(tx, run, 'executing'));
      if (held) throw new RunSetback(held.kind === 'wait' ? 'unavailable' : 'rejected', held.code);
      const planned = await links.next(tx, run, this.linksAtOnce);
      const [first] = planned;
      if (!first) {
        await runs.settle(tx, run);
        return null;
      }
      if (first.tries > round) return first.tries;
      const results = await this.record(tx, run, planned, look);
      await links.save(tx, run, results);
      const done = results.filter(({ state }) => state === 'linked').length;
      const waiting = results.filter(({ state }) => state === 'pending').length;
      await runs.progressed(tx, run, done, results.length - done - waiting);
      return round;
    });
  }

  private async record(
    tx: Tx,
    run: LeasedRun,
    planned: readonly PlannedLink[],
    look: FreshLook,
  ): Promise<ItemResult[]> {
    const { lanes, worlds, journal } = this.on;
    const { links, standing } = this.parts;
    const userIds = planned.map(({ userId }) => userId);
    await worlds.holdEmails(tx, run.connectionId, userIds);
    const ending = planned.flatMap(({ proof }) => proof.holder ?? []);
    const found = await links.lanes(tx, run, [...userIds, ...ending]);
    const stored = await lanes.lock(tx, run.connectionId, [...found.free]);
    const seen = await worlds.read(tx, run.connectionId, stored, null);
    if (seen?.connection.clientId !== run.clientId) throw new RunSetback('rejected', 'client-changed');
    const byUser = new Map(stored.map((lane) => [lane.userId, lane]));
    const see = await seeLinks(tx, run, planned, { byUser, worlds: seen }, { look, standing });
    const cause = `run ${run.id}`;
    const judged = planned.map((item): { result: ItemResult; linked: Linked | null } => {
      const what = see(item);
      const verdict = what ? gate('link', item, what) : notSeen(found.known.has(item.userId));
      const lane = byUser.get(item.userId);
      const linked = verdict.kind === 'cleared' && lane ? linkOf(run, verdict.cleared, lane, byUser, cause) : null;
      return { result: resultOf(item, verdict), linked };
    });
    const linked = judged.flatMap((j) => j.linked ?? []);
    await this.endLinks(
      tx,
      run,
      cause,
      linked.flatMap(({ ended }) => ended ?? []),
    );
    const toSave = linked.map((l) => l.toSave);
    await lanes.save(tx, run.connectionId, toSave);
    await links.causedBy(
      tx,
      run,
      cause,
      toSave.map(({ lane }) => lane.userId),
    );
    await journal.linked(
      tx,
      linked.map((l) => l.entry),
      seen.now,
    );
    if (toSave.length > 0) await announceLanes(tx);
    return judged.map(({ result }) => result);
  }

  /** One employee has one link: the one of somebody who was deleted in Huma ends before the new one is recorded. */
  private async endLinks(tx: Tx, run: LeasedRun, cause: string, ended: readonly StoredLane[]): Promise<void> {
    const { lanes, audit } = this.on;
    const { connectionId, organizationId } = run;
    await lanes.save(
      tx,
      connectionId,
      ended.map((stored) => ({ lane: endLink(stored.lane), held: true, class: LIVE })),
    );
    await audit.append(
      tx,
      ended.map(({ userId, lane }) => ({
        ...{ organizationId, connectionId, userId, cause, attemptId: null, call: null, result: 'link-ended' },
        employeeId: lane.link?.employeeId ?? null,
        changes: [],
      })),
    );
  }
}

const nothingToSee: FreshLook = { began: Infinity, beganAt: 0, employees: new Map(), sharedEmails: new Map() };

/** Somebody else holds the lane just now, or there is none. */
const notSeen = (isKnown: boolean): LinkVerdict =>
  isKnown ? { kind: 'busy' } : { kind: 'changed-since-review', reason: 'unknown-person' };

const resultOf = ({ no, tries }: PlannedLink, verdict: LinkVerdict): ItemResult => {
  switch (verdict.kind) {
    case 'cleared':
    case 'done':
      return { no, state: 'linked', reason: null };
    case 'busy':
      return tries + 1 < MOST_TRIES
        ? { no, state: 'pending', reason: 'busy' }
        : { no, state: 'busy', reason: 'try-again' };
    case 'changed-since-review':
      return { no, state: 'changed-since-review', reason: verdict.reason };
  }
};

/** The link of an item that passed the gate. */
const linkOf = (
  run: LeasedRun,
  { item, seen }: Cleared<'link', PlannedLink>,
  stored: StoredLane,
  lanes: ReadonlyMap<string, StoredLane>,
  cause: string,
): Linked | null => {
  const { employee, referenceOf, holder } = seen;
  if (!employee) return null;
  const { employeeId, shown, accountId, values } = item;
  const reference = referenceNow(employee, item.userId, referenceOf);
  const after = link(stored.lane, { employeeId, clientId: run.clientId, reference, shown, accountId }, values);
  const movedOn = hasMovedOn(values, seen.world.person?.values ?? {});
  const { connectionId, userId } = stored;
  return {
    toSave: { lane: after, held: isHeld(after, seen.world), class: movedOn ? LIVE : BACKGROUND },
    entry: {
      place: { connectionId, userId, cause, trace: null, organizationId: run.organizationId },
      step: { before: stored.lane, after, changes: [] },
    },
    ended: holder?.isDeleted ? (lanes.get(holder.userId) ?? null) : null,
  };
};
