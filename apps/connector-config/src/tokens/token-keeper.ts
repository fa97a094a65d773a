import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@huma-poweroffice/platform';
import { judgeToken, type TokenMargins } from './judge-token.js';
import type { KeptToken, TokenRepository } from './token-repository.js';

export interface Granted {
  readonly outcome: 'granted';
  readonly accessToken: string;
  readonly lifeMs: number;
}

/** Why there is no token. */
export interface NotGranted {
  readonly outcome: string;
}

export interface Usable {
  readonly outcome: 'usable';
  readonly accessToken: string;
  /** How long it can be used. */
  readonly leftMs: number;
}

/** Where new tokens come from; one call is one request. */
export type Renew<F extends NotGranted> = (ownerId: string) => Promise<Granted | F>;

export interface KeeperSettings extends TokenMargins {
  /** The longest that a renewal takes; who falls silent for longer is no longer waited for. */
  readonly renewalMs: number;
  /** How long a failure is answered without asking again. */
  readonly failureMs: number;
}

const LOOK_EVERY_MS = 50;

/**
 * Access tokens of one kind, by their owners: renewed before they end, one renewal at a time over all replicas, kept
 * sealed in the database and nowhere else.
 */
export class TokenKeeper<F extends NotGranted> {
  private readonly renewals = new Map<string, Promise<Usable | F | null>>();
  private readonly failures = new Map<string, { readonly failure: F; readonly until: number }>();

  constructor(
    private readonly repository: TokenRepository,
    private readonly renew: Renew<F>,
    private readonly settings: KeeperSettings,
    private readonly logger: Logger,
  ) {}

  /** @param refused the token that was refused, if one was: it is not answered again */
  async get(ownerId: string, refused: string | null): Promise<Usable | F> {
    for (;;) {
      const kept = await this.repository.find(ownerId);
      const verdict = judgeToken(kept, refused, this.settings);
      if (kept && verdict !== 'renew') {
        if (verdict === 'use-and-renew') this.renewMeanwhile(ownerId);
        return usable(kept);
      }
      const known = this.recentFailure(ownerId);
      if (known) return known;
      const renewed = await this.renewOnce(ownerId, refused);
      if (renewed) return renewed;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Forgets that asking failed: the key or the credentials are others now. */
  forget(ownerId: string): void {
    this.failures.delete(ownerId);
  }

  /** @returns null when another replica renews it */
  private renewOnce(ownerId: string, refused: string | null): Promise<Usable | F | null> {
    const begun = this.renewals.get(ownerId);
    if (begun) return begun;
    const renewal = this.claimAndRenew(ownerId, refused).finally(() => this.renewals.delete(ownerId));
    this.renewals.set(ownerId, renewal);
    return renewal;
  }

  private recentFailure(ownerId: string): F | null {
    const known = this.failures.get(ownerId);
    return known && known.until > performance.now() ? known.failure : null;
  }

  private renewMeanwhile(ownerId: string): void {
    if (this.recentFailure(ownerId)) return;
    this.renewOnce(ownerId, null).catch((error: unknown) => {
      this.logger.warn({ err: error, ownerId }, 'a token could not be renewed before its time');
    });
  }

  private async claimAndRenew(ownerId: string, refused: string | null): Promise<Usable | F | null> {
    const renewer = randomUUID();
    if (!(await this.repository.claimRenewal(ownerId, renewer, this.settings.renewalMs))) return null;
    try {
      // Somebody may have renewed it between the look and the claim.
      const kept = await this.repository.find(ownerId);
      if (kept && judgeToken(kept, refused, this.settings) === 'use') return usable(kept);
      const answer = await this.renew(ownerId);
      if (!isGranted(answer)) return this.failed(ownerId, answer);
      this.failures.delete(ownerId);
      await this.repository.keep(ownerId, renewer, answer.accessToken, answer.lifeMs);
      return usable({ accessToken: answer.accessToken, leftMs: answer.lifeMs });
    } finally {
      await this.repository.endRenewal(ownerId, renewer);
    }
  }

  private failed(ownerId: string, failure: F): F {
    this.failures.set(ownerId, { failure, until: performance.now() + this.settings.failureMs });
    return failure;
  }
}

const usable = ({ accessToken, leftMs }: KeptToken): Usable => ({ outcome: 'usable', accessToken, leftMs });
const isGranted = (answer: Granted | NotGranted): answer is Granted => answer.outcome === 'granted';
