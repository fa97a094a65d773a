/**
 * The result of a call that is made at most once at a time, and not again while its result is fresh. All who ask meanwhile
 * share it, so that asking often costs nothing. A failure is not kept.
 * @param freshMs how long a result is fresh, in milliseconds
 * @param now a monotonic clock in milliseconds
 */
export const cached = <T>(
  call: () => Promise<T>,
  freshMs: (result: T) => number,
  now: () => number = () => performance.now(),
): (() => Promise<T>) => {
  let asked: Promise<T> | null = null;
  let kept: { readonly result: T; readonly until: number } | null = null;
  return async () => {
    if (kept && now() < kept.until) return kept.result;
    asked ??= call()
      .then((result) => {
        kept = { result, until: now() + freshMs(result) };
        return result;
      })
      .finally(() => (asked = null));
    return asked;
  };
};
