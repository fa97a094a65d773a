import type { Bounds } from './topic-log.js';

/** How far a partition is from being read to its end. */
export interface PartitionLag {
  /** Full name. */
  readonly topic: string;
  readonly partition: number;
  /** Records, at most: offsets have gaps on compacted topics. */
  readonly lag: number;
}

/** Offsets after the last record, at some moment: full name → partition → offset. Plain data, to be saved. */
export type TopicEnds = Readonly<Record<string, Readonly<Record<number, string>>>>;

/** Positions that are stored, by topic and partition. */
export type StoredPositions = ReadonlyMap<string, ReadonlyMap<number, string>>;

const entries = (bounds: Bounds) =>
  [...bounds].flatMap(([topic, partitions]) =>
    [...partitions].map(([partition, log]) => ({ topic, partition, low: log.low, high: log.high })),
  );

const at = (positions: StoredPositions, topic: string, partition: number): string | undefined =>
  positions.get(topic)?.get(partition);

/** What is left to read. Whoever has read nothing yet will begin at the start of the log. */
export const lagOf = (bounds: Bounds, positions: StoredPositions): PartitionLag[] =>
  entries(bounds).map(({ topic, partition, low, high }) => {
    const behind = BigInt(high) - BigInt(at(positions, topic, partition) ?? low);
    return { topic, partition, lag: behind > 0n ? Number(behind) : 0 };
  });

export const endsOf = (bounds: Bounds): TopicEnds => {
  const ends: Record<string, Record<number, string>> = {};
  for (const { topic, partition, high } of entries(bounds)) (ends[topic] ??= {})[partition] = high;
  return ends;
};

/**
 * Whether everything before `ends` was taken in. Ends that lie beyond the log as it is now belong to a log that is gone
 * (the topic was made anew): then all that there is counts.
 */
export const isReached = (ends: TopicEnds, bounds: Bounds, positions: StoredPositions): boolean =>
  entries(bounds).every(({ topic, partition, low, high }) => {
    const end = ends[topic]?.[partition];
    if (end === undefined) return true;
    const wanted = BigInt(end) < BigInt(high) ? BigInt(end) : BigInt(high);
    return BigInt(at(positions, topic, partition) ?? low) >= wanted;
  });
