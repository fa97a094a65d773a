import type { Int64 } from '../int64.js';

const LONGEST_LIST = 1500;

/**
 * Splits ids or numbers into lists that fit in the URL of one request: PowerOffice answers a misleading 404 to URLs of
 * more than about 2,000 characters. Keeps the order; an empty list makes no batch.
 */
export const urlBatches = (ids: readonly Int64[]): Int64[][] => {
  const batches: Int64[][] = [];
  let room = 0;
  for (const id of ids) {
    room -= id.length + 1;
    if (room < 0) {
      batches.push([]);
      room = LONGEST_LIST - id.length;
    }
    batches.at(-1)?.push(id);
  }
  return batches;
};
