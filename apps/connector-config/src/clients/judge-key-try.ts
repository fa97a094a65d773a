const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface KeyTryLimits {
  /** Of one person. */
  readonly perMinute: number;
  /** Of one person; a try that is under way. */
  readonly atOnce: number;
  /** Of one organisation; each holds at most one permit of a person's class. */
  readonly atOnceOfOrganization: number;
  /** Keys of one organisation that PowerOffice refused. */
  readonly refusedPerHour: number;
  /** After so many refused keys within `pauseWithinMs` the organisation waits for `pauseMs`. */
  readonly refusedBeforePause: number;
  readonly pauseWithinMs: number;
  readonly pauseMs: number;
}

/** A try of the organisation within the last hour. */
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

/** How long until the `most`-th latest of them is older than the window; 0 when it is. */
const waitFor = (agesMs: readonly number[], most: number, windowMs: number): number => {
  const age = [...agesMs].sort((a, b) => a - b)[most - 1];
  return age === undefined ? 0 : Math.max(0, windowMs - age);
};

/** How long the organisation still has to wait because of many refused keys in a short time. */
const pauseOf = (agesMs: readonly number[], limits: KeyTryLimits): number => {
  const { refusedBeforePause: count, pauseWithinMs, pauseMs } = limits;
  const ages = [...agesMs].sort((a, b) => a - b);
  const waits = ages.map((age, n) => {
    const first = ages[n + count - 1];
    return first !== undefined && first - age <= pauseWithinMs ? pauseMs - age : 0;
  });
  return Math.max(0, ...waits);
};

/** Whether that caller may have a client key tried now. Pure. */
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
