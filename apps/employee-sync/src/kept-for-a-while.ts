/** The shortest time that a figure is kept, in milliseconds. */
const KEPT_MS = 5000;
/** What takes long is looked up less often, so that it takes at most a twentieth of the time. */
const TIMES_ITS_COST = 19;

/**
 * A figure that several may ask for at once, however often: it is looked up once for all of them, and kept for five seconds,
 * or longer if it takes long to look up. A failure is not kept.
 * @param clock milliseconds, monotonic
 */
export const keptForAWhile = <T>(look: () => Promise<T>, clock: { readonly now: () => number }): (() => Promise<T>) => {
  let kept: { readonly value: T; readonly until: number } | null = null;
  let underWay: Promise<T> | null = null;
  return () => {
    if (underWay) return underWay;
    const began = clock.now();
    if (kept && began < kept.until) return Promise.resolve(kept.value);
    underWay = look()
      .then((value) => {
        const ended = clock.now();
        kept = { value, until: ended + Math.max(KEPT_MS, TIMES_ITS_COST * (ended - began)) };
        return value;
      })
      .finally(() => {
        underWay = null;
      });
    return underWay;
  };
};
