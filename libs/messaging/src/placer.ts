import type { TopicKey } from '@huma-poweroffice/contracts';
import type { Database, Tx } from '@huma-poweroffice/platform';
import {
  placementOf,
  type GapCause,
  type LogBounds,
  type Placement,
  type Positions,
  type StoredPosition,
} from './positions.js';
import type { Setbacks } from './setbacks.js';
import type { TopicLog } from './topic-log.js';

/** Something lies between what was read and what can be read. */
export interface Gap {
  readonly topic: TopicKey;
  readonly partition: number;
  readonly cause: GapCause;
  /** The offset that would have been read next. */
  readonly stored: string;
  /** Bounds of the log: its first offset, where reading now begins, and the offset after its last. */
  readonly low: string;
  readonly high: string;
}

/** Told of a gap, and awaited, in the transaction that begins anew; what it throws leaves the position as it was. */
export type GapListener = (gap: Gap, tx: Tx) => unknown;

/** What lies before the offset that it answers is void and never read; null: the whole partition counts. */
export type VoidedRecords = (topic: TopicKey, partition: number, topicId: string | null) => Promise<string | null>;

/** Decides where the partitions of an assignment are read from; never a silent jump. */
export class Placer {
  constructor(
    private readonly database: Database,
    private readonly positions: Positions,
    private readonly log: TopicLog,
    private readonly wanted: ReadonlyMap<string, TopicKey>,
    private readonly setbacks: Setbacks,
    private readonly listeners: { readonly onGap: GapListener; readonly notBefore: VoidedRecords },
  ) {}

  /** @returns by partition, the offset to read next, which is also the position that is stored now */
  async place(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const bounds = (await this.log.bounds([topic])).get(topic);
    await this.setbacks.check([topic]);
    const places = new Map<number, string>();
    for (const partition of partitions) {
      const log = bounds?.get(partition);
      if (!log) throw new Error(`The broker does not know partition ${String(partition)} of ${topic}`);
      places.set(partition, await this.placeOne(topic, partition, log));
    }
    return places;
  }

  /** Whether the record after this position may still be there. */
  async isKept(topic: string, partition: number, position: string): Promise<boolean> {
    const log = (await this.log.bounds([topic])).get(topic)?.get(partition);
    return log !== undefined && BigInt(log.low) <= BigInt(position);
  }

  private async placeOne(topic: string, partition: number, log: LogBounds): Promise<string> {
    const key = this.wanted.get(topic);
    if (!key) throw new Error(`Nobody wants to read ${topic}`);
    const notBefore = await this.listeners.notBefore(key, partition, log.topicId);
    for (;;) {
      const stored = await this.positions.load(topic, partition);
      const placement = placementOf(stored, log, notBefore);
      if (stored !== null && placement.kind !== 'gap') {
        if (stored.topicId === null && log.topicId !== null)
          await this.positions.identify(topic, partition, log.topicId);
        return stored.position;
      }
      if (await this.begin(key, { topic, partition, log }, stored, placement)) return placement.at;
    }
  }

  /** @returns false when another consumer has moved the position meanwhile */
  private begin(
    key: TopicKey,
    { topic, partition, log }: { readonly topic: string; readonly partition: number; readonly log: LogBounds },
    stored: StoredPosition | null,
    placement: Placement,
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (stored === null || placement.kind !== 'gap') {
        const begun = await this.positions.begin(tx, topic, partition, placement.at, log);
        if (begun) await this.setbacks.reportLoss(tx, topic, partition);
        return begun;
      }
      const won = await this.positions.restart(tx, topic, partition, stored, placement.at, log.topicId);
      const { low, high } = log;
      if (won)
        await this.listeners.onGap(
          { topic: key, partition, cause: placement.cause, stored: stored.position, low, high },
          tx,
        );
      return won;
    });
  }
}
