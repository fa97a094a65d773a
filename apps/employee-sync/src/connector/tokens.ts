import type { Connector, PowerOfficeToken } from './connector.js';

interface Entry {
  readonly token: PowerOfficeToken | null;
  /** When it is asked for again: the token's end, or a pause after none was had. */
  readonly askAgainAt: number;
}

/**
 * A connection whose key is refused is paused soon, and not asked for any more; when it comes back, it must not wait.
 */
const REFUSED_MS = 3000;
const UNAVAILABLE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;

const pauseAfter = (refused: number): number => Math.min(LONGEST_PAUSE_MS, REFUSED_MS * 2 ** Math.min(refused - 2, 10));

/**
 * PowerOffice tokens of connections, kept while they are good. Tokens are got before a claim (lane protocol, 2), so a
 * connection without one is passed over until it has one; nobody waits for another's.
 */
export class Tokens {
  private readonly entries = new Map<string, Entry>();
  private readonly asking = new Map<string, Promise<void>>();
  /** The number of consecutive refused tokens of each connection, and the last of these tokens. */
  private readonly refused = new Map<string, { readonly count: number; readonly accessToken: string }>();

  /** @param arrived called when a token has come that was not there when it was wanted */
  constructor(
    private readonly connector: Pick<Connector, 'accessToken'>,
    private readonly arrived: () => void,
  ) {}

  /** The token if there is a good one; else null, and it is on its way. */
  usable(connectionId: string): PowerOfficeToken | null {
    const entry = this.entries.get(connectionId);
    const now = performance.now();
    if (entry && now < entry.askAgainAt) return entry.token;
    void this.ask(connectionId);
    return null;
  }

  /** The token, waited for. @returns null when there is none to be had now */
  async get(connectionId: string): Promise<PowerOfficeToken | null> {
    const usable = this.usable(connectionId);
    if (usable) return usable;
    await this.asking.get(connectionId);
    return this.entries.get(connectionId)?.token ?? null;
  }

  /**
   * PowerOffice refused this token. Another one is requested: at once after the first refusal, with growing pauses
   * after consecutive ones.
   * @returns the number of consecutive refused tokens; 0 if this one had been replaced already
   */
  refuse(connectionId: string, token: PowerOfficeToken): number {
    if (this.entries.get(connectionId)?.token?.accessToken !== token.accessToken) return 0;
    const count = (this.refused.get(connectionId)?.count ?? 0) + 1;
    this.refused.set(connectionId, { count, accessToken: token.accessToken });
    this.entries.delete(connectionId);
    if (count === 1) void this.ask(connectionId);
    else this.entries.set(connectionId, { token: null, askAgainAt: performance.now() + pauseAfter(count) });
    return count;
  }

  /** PowerOffice accepted the token. */
  accepted(connectionId: string): void {
    this.refused.delete(connectionId);
  }

  /** The token is of another client than the connection's of today: it is asked for again in a moment. */
  postpone(connectionId: string): void {
    this.entries.set(connectionId, { token: null, askAgainAt: performance.now() + UNAVAILABLE_MS });
  }

  private ask(connectionId: string): Promise<void> {
    const refused = this.refused.get(connectionId)?.accessToken;
    const under = this.asking.get(connectionId);
    if (under) return under;
    const asking = this.connector.accessToken(connectionId, refused).then((answer) => {
      const token = answer.outcome === 'granted' ? answer.token : null;
      const pause = answer.outcome === 'refused' ? REFUSED_MS : UNAVAILABLE_MS;
      this.entries.set(connectionId, { token, askAgainAt: token?.usableUntil ?? performance.now() + pause });
      this.asking.delete(connectionId);
      this.arrived();
    });
    this.asking.set(connectionId, asking);
    return asking;
  }
}
