const stampShape = /^(\d{4})-(\d{2})-(\d{2})([T ]\d{2}:\d{2}.*)$/;

/** A stamp's local time in a form that sorts; stamps may come with a space or a `T`, with or without an offset. */
const sortable = (stamp: string): string => stamp.replace(' ', 'T');

/**
 * The newest of PowerOffice's stamps, in its own text. Offsets are not looked at: who goes by it keeps a day's distance.
 * @returns null when none of them is a stamp
 */
export const newestStamp = (stamps: readonly (string | null)[]): string | null =>
  stamps.reduce<string | null>(
    (newest, stamp) =>
      stamp !== null && stampShape.test(stamp) && (newest === null || sortable(stamp) > sortable(newest))
        ? stamp
        : newest,
    null,
  );

/**
 * The same text a day earlier: what is asked for when changes since a stamp are wanted. It is reckoned in the text alone,
 * because stamps may come without an offset, and clocks are set back in autumn: a moment computed by a clock of ours could
 * be an hour too late, and somebody would be missed.
 * @returns null when the text is no stamp: then only the whole list tells
 */
export const dayBefore = (stamp: string | null): string | null => {
  const [, year, month, day, rest] = stampShape.exec(stamp ?? '') ?? [];
  if (rest === undefined) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) - 1));
  return `${date.toISOString().slice(0, 10)}${rest}`;
};
