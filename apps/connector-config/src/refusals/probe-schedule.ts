/** What is known of a connection when it has been probed. */
export interface Probed {
  /** The system holds it, for a reason that a probe can end. */
  readonly held: boolean;
  /** Something waits for a privilege. */
  readonly awaited: boolean;
  /** PowerOffice answered, so that something was learned. */
  readonly learned: boolean;
  /** Probes in a row that changed nothing, this one included. */
  readonly tries: number;
}

export interface ProbeIntervals {
  /** Between the first probes of a connection that is held; doubled with each one, up to the longest. */
  readonly heldMs: number;
  readonly longestHeldMs: number;
  /** The same while something waits for a privilege. */
  readonly awaitedMs: number;
  readonly longestAwaitedMs: number;
}

const doubled = (firstMs: number, tries: number, longestMs: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(tries, 30));

/** In how many milliseconds the connection is probed again; null: there is nothing to ask for. Pure. */
export const nextProbe = ({ held, awaited, learned, tries }: Probed, intervals: ProbeIntervals): number | null => {
  const { heldMs, longestHeldMs, awaitedMs, longestAwaitedMs } = intervals;
  if (!learned) return held || !awaited ? heldMs : awaitedMs;
  if (held) return doubled(heldMs, tries, longestHeldMs);
  return awaited ? doubled(awaitedMs, tries, longestAwaitedMs) : null;
};
