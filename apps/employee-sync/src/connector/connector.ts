/** Who waits for a permit, best first; the classes of lanes in the same order. */
export const permitClasses = ['person', 'live', 'run', 'background'] as const;
export type PermitClass = (typeof permitClasses)[number];

/** Leave for one request to PowerOffice. Times are of this process's monotonic clock (`performance.now()`). */
export interface Permit {
  readonly id: string;
  readonly notBefore: number;
  readonly validUntil: number;
  /** A request counts as arrived so many milliseconds after it was sent, or when it is answered. */
  readonly arrivalMs: number;
}

/** What a request to PowerOffice needs, and the client that it acts for. */
export interface PowerOfficeToken {
  readonly accessToken: string;
  readonly clientId: string;
  readonly subscriptionKey: string;
  /** Monotonic, as above. */
  readonly usableUntil: number;
}

/**
 * `refused`: the connection's key does not work, or it is disconnected. `unavailable`: nothing is said about the key.
 */
export type TokenAnswer =
  { readonly outcome: 'granted'; readonly token: PowerOfficeToken } | { readonly outcome: 'refused' | 'unavailable' };

/** What connector-config does for this service: it owns keys, tokens and the budget. */
export interface Connector {
  /**
   * A permit for one request; null when none came in time or the wait was given up. Every permit is reported.
   * @param connectionId the connection that the permit is for, if it is known in advance, because connections take
   * turns
   */
  acquirePermit(
    permitClass: PermitClass,
    waitMs: number,
    signal?: AbortSignal,
    connectionId?: string,
  ): Promise<Permit | null>;
  /**
   * What became of a permit.
   * @param arrivedMsAgo how long ago its request had arrived at the latest; null: nothing was sent, it is given back
   */
  reportPermit(permit: Permit, arrivedMsAgo: number | null): void;
  /** @param refused the token that PowerOffice did not take, if one was */
  accessToken(connectionId: string, refused?: string): Promise<TokenAnswer>;
  reportRateLimited(retryAfterMs: number): void;
  /** PowerOffice refused the key or a privilege: connector-config looks, and pauses the connection where it is so. */
  reportRefusal(connectionId: string, kind: 'key' | 'privilege', status: number): void;
  /**
   * Something waits for a privilege of the connection. connector-config probes the connection less and less often, and
   * publishes a change of its abilities. Repeating the report is cheap. It must be repeated at least once a day while
   * something waits, and after a change of the abilities if something still waits.
   */
  reportWaitingForPrivilege(connectionId: string): void;
  /** A run has finished: the first one activates the connection. Rejects while connector-config does not answer. */
  reportRunFinished(connectionId: string, runId: string, clientId: string): Promise<void>;
}
