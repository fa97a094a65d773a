/** The state of a connection after a probe. */
export interface Probed {
  /** The system holds the connection for a reason that a probe can end. */
  readonly held: boolean;
  /** Something waits for a privilege. */
  readonly awaited: boolean;
  /** PowerOffice answered, so the probe is conclusive. */
  readonly learned: boolean;
  /** The number of consecutive probes that changed nothing, including this one. */
  readonly tries: number;
}

export interface ProbeIntervals {
  /** The first interval between probes of a held connection. It doubles with each probe, up to the longest one. */
  readonly heldMs: number;
  readonly longestHeldMs: number;
  /** The same for a connection that has something waiting for a privilege. */
  readonly awaitedMs: number;
  readonly longestAwaitedMs: number;
}

const doubled = (firstMs: number, tries: number, longestMs: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(tries, 30));

/** The time in milliseconds until the next probe; null if there is no reason for another one. Pure. */
export const nextProbe = ({ held, awaited, learned, tries }: Probed, intervals: ProbeIntervals): number | null => {
  const { heldMs, longestHeldMs, awaitedMs, longestAwaitedMs } = intervals;
  if (!learned) return held || !awaited ? heldMs : awaitedMs;
  if (held) return doubled(heldMs, tries, longestHeldMs);
  return awaited ? doubled(awaitedMs, tries, longestAwaitedMs) : null;
};
