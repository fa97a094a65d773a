import { isTransient, type Database, type Logger, type Tx } from '@huma-poweroffice/platform';
import type { TopicKey } from '@huma-poweroffice/contracts';
import type { Backlog, Moved } from './positions.js';
import type { RawRecord, Unreadable } from './records.js';

/** Records of one partition that are handled together, in one transaction with the offset. */
export interface Slice {
  readonly topic: TopicKey;
  /** The topic's full name, with the prefix. */
  readonly topicName: string;
  readonly partition: number;
  readonly records: readonly RawRecord[];
  /** What was already in the partition when this group read it for the first time; null where that is not known. */
  readonly backlog?: Backlog | null;
}

export interface SliceHandling {
  /** Saves what the slice says. Never throws for bad data; what it throws rolls the slice back, and it is tried again. */
  readonly handle: (slice: Slice, tx: Tx) => Promise<void>;
  /** Puts one record aside that cannot be handled, in the same transaction as the offset. */
  readonly putAside: (slice: Slice, record: RawRecord, reason: Unreadable, tx: Tx) => Promise<void>;
}

/** Moves the position of the slice's partition in the transaction. @returns null when somebody else has moved it */
export type MovePosition = (tx: Tx, slice: Slice, from: string, to: string) => Promise<Moved | null>;

/** Another consumer has moved the position on: this one lost the partition and must not commit. */
export class Overtaken extends Error {}

/** How often a single record is tried that fails for no reason that passes, and how many such records of a slice are. */
const TRIES = 3;
const RETRIED_RECORDS = 3;
const SHORTEST_MS = 100;
/** Shorter than a third of the session, so that a heartbeat comes in time. */
const LONGEST_MS = 3000;

/** What PostgreSQL says of a value that it cannot take: class 22 (data exception) and 54 (program limit exceeded). */
const isAboutData = (error: unknown): boolean => {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^(?:22|54)[0-9A-Z]{3}$/.test(code);
};

/** What the tries of one slice have in common. */
interface Run {
  readonly keepAlive: () => Promise<void>;
  /** Records that were tried several times: a whole slice of poison must not wait for each of its records. */
  retried: number;
}

/**
 * Does slices, each in one transaction with its position. A failure that passes is waited for, however long. Anything else
 * is the fault of a record: the slice is halved until that record is alone, and only that one is put aside.
 */
export class SliceRunner {
  constructor(
    private readonly database: Pick<Database, 'transaction'>,
    private readonly handling: SliceHandling,
    private readonly move: MovePosition,
    private readonly logger: Logger,
  ) {}

  /**
   * @param from the position that this consumer read from
   * @param keepAlive called between tries; what it throws ends the work (the partition was lost, the service stops)
   * @returns the new position
   * @throws Overtaken when another consumer has moved the position; nothing was done then
   */
  run(slice: Slice, from: string, keepAlive: () => Promise<void>): Promise<string> {
    return this.part(slice, from, { keepAlive, retried: 0 });
  }

  private async part(slice: Slice, from: string, run: Run): Promise<string> {
    const { records } = slice;
    const tries = records.length > 1 || run.retried >= RETRIED_RECORDS ? 1 : TRIES;
    const failed = await this.attempt(slice, from, run, tries, (tx, position) =>
      this.handling.handle({ ...slice, ...position }, tx),
    );
    if (failed === null) return after(slice);
    await run.keepAlive();
    if (records.length === 1) return this.putAside(slice, from, run, failed.error);
    const half = Math.ceil(records.length / 2);
    const position = await this.part({ ...slice, records: records.slice(0, half) }, from, run);
    return this.part({ ...slice, records: records.slice(half) }, position, run);
  }

  private async putAside(slice: Slice, from: string, run: Run, cause: unknown): Promise<string> {
    const record = slice.records[0] as RawRecord;
    const { code } = (cause ?? {}) as { code?: unknown };
    const reason: Unreadable = {
      code: 'bug',
      detail: `The record could not be handled (${typeof code === 'string' ? code : 'error'})`,
    };
    // Without end: a record that can be neither handled nor put aside must not be lost.
    await this.attempt(slice, from, run, Infinity, (tx) => this.handling.putAside(slice, record, reason, tx));
    return after(slice);
  }

  /** @returns null when done; the last error when it failed `tries` times for a reason that does not pass */
  private async attempt(
    slice: Slice,
    from: string,
    run: Run,
    tries: number,
    work: (tx: Tx, position: Moved) => Promise<void>,
  ): Promise<{ error: unknown } | null> {
    let failures = 0;
    for (let pause = SHORTEST_MS; ; pause = Math.min(pause * 2, LONGEST_MS)) {
      try {
        await this.transact(slice, from, work);
        return null;
      } catch (error) {
        if (error instanceof Overtaken) throw error;
        if (!isTransient(error)) failures += 1;
        const place = { topic: slice.topicName, partition: slice.partition, offset: slice.records[0]?.offset };
        this.logger.warn({ err: error, ...place, records: slice.records.length }, 'a slice failed');
        if (failures >= tries || (tries !== Infinity && isAboutData(error))) return { error };
        if (failures === 1) run.retried += 1;
        await run.keepAlive();
        await new Promise((done) => setTimeout(done, pause * (0.5 + Math.random() / 2)));
        await run.keepAlive();
      }
    }
  }

  private transact(slice: Slice, from: string, work: (tx: Tx, position: Moved) => Promise<void>): Promise<void> {
    return this.database.transaction(async (tx) => {
      // Whatever a crash of the server loses is lost with its position, and read again: nobody has to wait for the disk.
      await tx.query('SET LOCAL synchronous_commit = off');
      // The position is taken first: the loser of a race waits here and has done nothing.
      const moved = await this.move(tx, slice, from, after(slice));
      if (!moved) throw new Overtaken();
      await work(tx, moved);
    });
  }
}

/** The position after a slice; offsets have gaps on compacted topics. */
const after = (slice: Slice): string => String(BigInt((slice.records.at(-1) as RawRecord).offset) + 1n);
