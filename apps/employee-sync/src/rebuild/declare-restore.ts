import { topics } from '@huma-poweroffice/contracts';
import { topicBounds, type LogBounds } from '@huma-poweroffice/messaging';
import type { RebuildNeeds } from './rebuild-from-topic.js';
import { RestoreRepository, type RestoredFrom } from './restore-repository.js';

/**
 * Reads `0:120,1:88`: partition and offset of the first record that Huma published after its restore.
 * @throws Error with a sentence for the operator when it is something else
 */
export const parseRestoredFrom = (text: string): RestoredFrom => {
  const pairs = text.split(',').map((part) => /^\s*(\d{1,6}):(\d{1,18})\s*$/.exec(part));
  const from = new Map(
    pairs.flatMap((pair) => (pair ? [[Number(pair[1]), String(BigInt(pair[2] ?? ''))] as const] : [])),
  );
  if (pairs.includes(null) || from.size !== pairs.length)
    throw new Error('--restored-from takes each partition once, with an offset: 0:120,1:88');
  return from;
};

/** What keeps a declaration from being taken; null when nothing does. */
export const refusalOf = (from: RestoredFrom, bounds: ReadonlyMap<number, LogBounds>): string | null => {
  const isInside = (partition: number): boolean => {
    const [log, offset] = [bounds.get(partition), from.get(partition)];
    return (
      log !== undefined &&
      offset !== undefined &&
      BigInt(log.low) <= BigInt(offset) &&
      BigInt(offset) <= BigInt(log.high)
    );
  };
  if ([...bounds.keys(), ...from.keys()].every(isInside)) return null;
  const logs = [...bounds]
    .sort(([a], [b]) => a - b)
    .map(([partition, { low, high }]) => `${String(partition)}:${low} to ${String(partition)}:${high}`);
  return (
    '--restored-from must name every partition with an offset that lies in it. ' +
    `Where nothing has come since the restore, that is the end. The topic holds: ${logs.join(', ')}`
  );
};

/**
 * Writes down that Huma was restored; the next rebuild replaces the people, and nothing before these offsets is read again.
 * @throws Error with a sentence for the operator when an offset is missing or lies outside the topic
 */
export const declareRestore = async (needs: RebuildNeeds, from: RestoredFrom): Promise<void> => {
  const { database, kafka, topicPrefix, logger } = needs;
  const bounds = await topicBounds(kafka, topicPrefix, 'users', logger);
  const refusal = refusalOf(from, bounds);
  if (refusal !== null) throw new Error(refusal);
  const topicId = [...bounds.values()][0]?.topicId ?? null;
  await database.transaction((tx) =>
    new RestoreRepository(database).declare(tx, topicPrefix + topics.users.name, topicId, from),
  );
};
