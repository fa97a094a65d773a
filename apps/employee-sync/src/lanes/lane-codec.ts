import type { Keyring } from '@huma-poweroffice/platform';
import { emptyLane, isLook, reasons, waitingFor, wakeAt, type Blocked, type Lane } from '@huma-poweroffice/sync-rules';
import { emailKey } from './email-key.js';
import { hashesOf } from './shown-hashes.js';

/** A lane as its row holds it; times in milliseconds since 1970. */
export interface LaneRow {
  readonly connectionId: string;
  readonly userId: string;
  readonly class: number;
  readonly due: boolean;
  readonly asked: Lane['asked'];
  readonly isNew: boolean;
  readonly judgeFirst: boolean;
  readonly inScope: boolean;
  readonly cause: string | null;
  readonly trace: string | null;
  /** Milliseconds since something was to be done first; null: nothing is. */
  readonly waitedMs: number | null;
  readonly state: Buffer | null;
}

/** What is sealed: all that has no column of its own, values of people among it. */
type Sealed = Omit<Lane, 'userId' | 'due' | 'asked' | 'isNew' | 'judgeFirst'>;

/** What may be sealed in a row: lanes that the first version blocked do not say what they wait for. */
type Opened = Partial<Omit<Sealed, 'blocked'>> & {
  readonly blocked?: (Omit<Blocked, 'waitsFor'> & Partial<Pick<Blocked, 'waitsFor'>>) | null;
};

const blockedOf = ({ blocked }: Opened): Blocked | null =>
  blocked ? { ...blocked, waitsFor: blocked.waitsFor ?? reasons[blocked.reason].waitsFor } : null;

const contextOf = (row: Pick<LaneRow, 'connectionId' | 'userId'>): string => `lane:${row.connectionId}:${row.userId}`;

/** A lane, and what its row says beside it. */
export interface StoredLane {
  readonly connectionId: string;
  readonly userId: string;
  /** 0 a person is waiting, 1 a change of today, 2 a run's bulk, 3 what can wait, 4 a look at what waits. */
  readonly class: number;
  readonly inScope: boolean;
  /** What made it due last, and the trace of that. */
  readonly cause: string;
  readonly trace: string | null;
  /** How long something has been waiting to be done, in milliseconds. */
  readonly waitedMs: number;
  readonly lane: Lane;
}

export const openLane = (row: LaneRow, keyring: Keyring): StoredLane => {
  const { connectionId, userId, inScope, cause, trace, waitedMs, due, asked, isNew, judgeFirst } = row;
  const sealed = row.state ? (JSON.parse(keyring.open(row.state, contextOf(row)).toString('utf8')) as Opened) : {};
  const lane = { ...emptyLane(userId), ...sealed, blocked: blockedOf(sealed), due, asked, isNew, judgeFirst };
  return {
    connectionId,
    userId,
    class: row.class,
    inScope,
    cause: cause ?? 'unknown',
    trace,
    waitedMs: waitedMs ?? 0,
    lane,
  };
};

/** A lane to be saved. */
export interface LaneToSave {
  readonly lane: Lane;
  /** Nothing may happen for the person now: locked, or what is unsettled was sent to another client. */
  readonly held: boolean;
  /** Of what is left to do; a lane at rest falls back to the class of a change of today. */
  readonly class: number;
  /** When it is looked at again although something could be done now; milliseconds since 1970. */
  readonly notBefore?: number;
}

/** What is written of a lane: the sealed state, and the columns by which lanes are found and counted. */
export interface LaneColumns {
  readonly connectionId: string;
  readonly userId: string;
  readonly class: number;
  readonly due: boolean;
  readonly asked: Lane['asked'];
  readonly isNew: boolean;
  readonly judgeFirst: boolean;
  /** Milliseconds since 1970; null: only an event can wake it. */
  readonly wakeAt: number | null;
  readonly state: Buffer;
  readonly linkedEmployee: string | null;
  readonly attemptKind: string | null;
  readonly attemptOutcome: string | null;
  /** The key of the email that an attempt carries, and by when it is settled: nobody else is created with it meanwhile. */
  readonly attemptEmail: string | null;
  readonly attemptSettlesAt: number | null;
  readonly retrying: boolean;
  readonly blockedReason: string | null;
  readonly refused: readonly string[];
  readonly waitsFor: readonly string[];
  /** JSON of what PowerOffice last showed, as keyed hashes; null while the person is not known to be deleted. */
  readonly shownHashes: string | null;
}

const PERSON = 0;
const LIVE = 1;
/** The class of scheduled looks at what waits (lane protocol, 21). */
export const LOOK = 4;

/** A look and what follows from it have the lowest priority. Nobody waits any more for what has to be tried again. */
const classOf = (lane: Lane, stored: number): number => {
  if (isLook(lane)) return LOOK;
  return stored === PERSON && lane.retry !== null ? LIVE : stored;
};

export const laneColumns = (connectionId: string, toSave: LaneToSave, keyring: Keyring): LaneColumns => {
  const { lane, held, notBefore = 0 } = toSave;
  const { userId, due, asked, isNew, judgeFirst, ...sealed } = lane;
  const wake = wakeAt(lane, held);
  const refusals = Object.entries(lane.fields).flatMap(([field, { refused }]) => (refused ? [{ field, refused }] : []));
  return {
    connectionId,
    userId,
    class: wake === null ? LIVE : classOf(lane, toSave.class),
    due,
    asked,
    isNew,
    judgeFirst,
    wakeAt: wake === null ? null : Math.max(wake, notBefore),
    state: keyring.seal(JSON.stringify(sealed satisfies Sealed), contextOf({ connectionId, userId })),
    linkedEmployee: lane.link?.employeeId ?? null,
    attemptKind: lane.attempt?.kind ?? null,
    attemptOutcome: lane.attempt?.outcome ?? null,
    attemptEmail: emailOf(lane),
    attemptSettlesAt: emailOf(lane) === null ? null : (lane.attempt?.settleAfter ?? null),
    retrying: lane.retry !== null,
    blockedReason: lane.blocked?.reason ?? null,
    refused: refusals.map(({ field, refused }) => `${field} ${refused.reason}`),
    waitsFor: waitingFor(lane),
    shownHashes:
      lane.locked === 'deleted' && lane.link ? JSON.stringify(hashesOf(lane, { connectionId, userId }, keyring)) : null,
  };
};

/** The email that an attempt carries, as the index of employees compares it. */
const emailOf = ({ attempt }: Lane): string | null => {
  const sent = attempt?.values.email?.sent;
  return typeof sent === 'string' ? emailKey(sent) : null;
};
