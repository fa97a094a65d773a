/** One request as it arrived; times in milliseconds since 1970 with fractions. */
export interface LoggedRequest {
  seq: number;
  at: number;
  method: string;
  path: string;
  clientId: string | null;
  body: unknown;
  status: number | null;
  answeredAt: number | null;
  misbehaviour: string | null;
}

const KEEP = 200_000;

export const preciseNow = (): number => performance.timeOrigin + performance.now();

/** The requests of late, for tests and benchmarks to read. */
export class RequestLog {
  private entries: LoggedRequest[] = [];
  private seq = 0;

  add(method: string, path: string): LoggedRequest {
    const entry: LoggedRequest = {
      seq: (this.seq += 1),
      at: preciseNow(),
      method,
      path,
      clientId: null,
      body: null,
      status: null,
      answeredAt: null,
      misbehaviour: null,
    };
    this.entries.push(entry);
    if (this.entries.length > KEEP * 1.1) this.entries = this.entries.slice(-KEEP);
    return entry;
  }
  since(seq: number): LoggedRequest[] {
    return this.entries.filter((e) => e.seq > seq);
  }
  get lastSeq(): number {
    return this.seq;
  }
}

/** Ten requests in any sliding second over all clients together, as the product on a subscription key allows. */
export class RateLimit {
  private arrivals: number[] = [];

  constructor(private readonly perSecond: number) {}

  /** Whether a request that arrives now is within the limit. */
  admit(now: number): boolean {
    this.arrivals = this.arrivals.filter((t) => t > now - 1000);
    if (this.arrivals.length >= this.perSecond) return false;
    this.arrivals.push(now);
    return true;
  }
}
