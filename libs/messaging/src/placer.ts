import type { TopicKey } from '@huma-poweroffice/contracts';
import type { Database, Tx } from '@huma-poweroffice/platform';
import { placementOf, type GapCause, type LogBounds, type Positions } from './positions.js';
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

/** Decides where the partitions of an assignment are read from; never a silent jump. */
export class Placer {
  constructor(
    private readonly database: Database,
    private readonly positions: Positions,
    private readonly log: TopicLog,
    private readonly wanted: ReadonlyMap<string, TopicKey>,
    private readonly onGap: GapListener,
  ) {}

  /** @returns by partition, the offset to read next, which is also the position that is stored now */
  async place(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const bounds = (await this.log.bounds([topic])).get(topic);
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
    for (;;) {
      const stored = await this.positions.load(topic, partition);
      const placement = placementOf(stored, log);
      if (stored === null || placement.kind !== 'gap') {
        if (stored?.topicId && stored.topicId === log.topicId) return stored.position;
        await this.positions.begin(topic, partition, placement.at, log.topicId);
        if (stored !== null) return stored.position;
        continue;
      }
      const begun = await this.database.transaction(async (tx) => {
        const won = await this.positions.restart(tx, topic, partition, stored, placement.at, log.topicId);
        const key = this.wanted.get(topic);
        if (won && key)
          await this.onGap(
            { topic: key, partition, cause: placement.cause, stored: stored.position, low: log.low, high: log.high },
            tx,
          );
        return won;
      });
      if (begun) return placement.at;
    }
  }
}
