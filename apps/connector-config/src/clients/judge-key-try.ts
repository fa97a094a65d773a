const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface KeyTryLimits {
  /** The number of tries of one person within a minute. */
  readonly perMinute: number;
  /** The number of tries of one person that may be under way at the same time. */
  readonly atOnce: number;
  /** The same for an organisation. Each try waits for at most one permit at a time. */
  readonly atOnceOfOrganization: number;
  /** The number of keys of one organisation that PowerOffice may refuse within an hour. */
  readonly refusedPerHour: number;
  /** After this number of refused keys within `pauseWithinMs` the organisation has to wait for `pauseMs`. */
  readonly refusedBeforePause: number;
  readonly pauseWithinMs: number;
  readonly pauseMs: number;
}

/** A try of a client key by the organisation within the last hour. */
export interface PastTry {
  readonly caller: string;
  readonly agoMs: number;
  readonly underWay: boolean;
  readonly refused: boolean;
}

export type KeyTryVerdict =
  | { readonly outcome: 'allowed' }
  | {
      readonly outcome: 'too-many';
      readonly code: 'key-try-under-way' | 'too-many-key-tries';
      readonly waitMs: number;
    };

const UNDER_WAY_WAIT_MS = 2000;

/** The time until the `most`-th latest of them is older than the window; 0 if it is older already. */
const waitFor = (agesMs: readonly number[], most: number, windowMs: number): number => {
  const age = [...agesMs].sort((a, b) => a - b)[most - 1];
  return age === undefined ? 0 : Math.max(0, windowMs - age);
};

/** The rest of the pause after many refused keys in a short time; 0 if there is no pause. */
const pauseOf = (agesMs: readonly number[], limits: KeyTryLimits): number => {
  const { refusedBeforePause: count, pauseWithinMs, pauseMs } = limits;
  const ages = [...agesMs].sort((a, b) => a - b);
  const waits = ages.map((age, n) => {
    const first = ages[n + count - 1];
    return first !== undefined && first - age <= pauseWithinMs ? pauseMs - age : 0;
  });
  return Math.max(0, ...waits);
};

/** Decides whether the caller may try a client key now. Pure. */
export const judgeKeyTry = (past: readonly PastTry[], caller: string, limits: KeyTryLimits): KeyTryVerdict => {
  const own = past.filter((one) => one.caller === caller);
  const underWay = (tries: readonly PastTry[]): number => tries.filter((one) => one.underWay).length;
  const ages = (tries: readonly PastTry[]): number[] => tries.map(({ agoMs }) => agoMs);
  const refused = ages(past.filter((one) => one.refused));
  const waitMs = Math.max(
    waitFor(ages(own), limits.perMinute, MINUTE_MS),
    waitFor(refused, limits.refusedPerHour, HOUR_MS),
    pauseOf(refused, limits),
  );
  if (waitMs > 0) return { outcome: 'too-many', code: 'too-many-key-tries', waitMs };
  const busy = underWay(own) >= limits.atOnce || underWay(past) >= limits.atOnceOfOrganization;
  return busy ? { outcome: 'too-many', code: 'key-try-under-way', waitMs: UNDER_WAY_WAIT_MS } : { outcome: 'allowed' };
};
