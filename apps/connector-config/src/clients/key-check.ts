import { ProblemError, type Secret } from '@huma-poweroffice/platform';
import type { Asked } from './asked.js';
import { judgeKeyTry, type KeyTryLimits } from './judge-key-try.js';
import type { KeyTryRepository } from './key-try-repository.js';
import type { OwnKeysAlarm } from './own-keys-alarm.js';
import type { PowerOfficeClients } from './poweroffice-clients.js';

export type Accepted = Extract<Asked, { readonly outcome: 'accepted' }>;

/** The caller that tries a key. Tries are limited by caller and by organisation. */
export interface Trying {
  readonly organizationId: string;
  /** A name that tells callers apart. */
  readonly caller: string;
  /** The connection that the key belongs to, if it exists already. */
  readonly connectionId?: string;
}

/** The longest time that two permits and two requests take. */
const LEASE_MS = 60_000;

const unavailable = (): ProblemError =>
  new ProblemError(503, 'poweroffice-unavailable', 'PowerOffice Go cannot be asked just now; try again later.');

const tooMany = (code: string, waitMs: number): ProblemError =>
  new ProblemError(429, code, 'Too many client keys are tried; try again later.', {
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });

/** Whether a key was not tried because another try of the caller or the organisation is under way. */
export const isKeyTryUnderWay = (error: unknown): boolean =>
  error instanceof ProblemError && error.code === 'key-try-under-way';

/** Tries client keys for a person who waits. */
export class KeyCheck {
  constructor(
    private readonly clients: Pick<PowerOfficeClients, 'ask'>,
    private readonly alarm: Pick<OwnKeysAlarm, 'areRefused'>,
    private readonly tries: Pick<KeyTryRepository, 'begin' | 'end'>,
    private readonly limits: KeyTryLimits,
  ) {}

  /**
   * Asks PowerOffice which client the key belongs to and what the key may do.
   * @throws ProblemError 422 if PowerOffice refuses the key, with its reason; 429 if too many keys are tried; 503 if
   * PowerOffice cannot be asked
   */
  async accept(clientKey: Secret, trying: Trying): Promise<Accepted> {
    const { organizationId, caller, connectionId = '' } = trying;
    const begun = await this.tries.begin(organizationId, caller, LEASE_MS, (past) =>
      judgeKeyTry(past, caller, this.limits),
    );
    if (typeof begun !== 'string') throw tooMany(begun.code, begun.waitMs);
    let refused = false;
    try {
      const customer = { organizationId, connectionId };
      const asked = await this.clients.ask(clientKey, { permitClass: 'person', customer });
      if (asked.outcome === 'accepted') return asked;
      // While our own keys are refused, every key looks wrong.
      if (asked.outcome !== 'refused' || (await this.alarm.areRefused())) throw unavailable();
      refused = true;
      throw new ProblemError(422, 'client-key-refused', 'PowerOffice Go does not accept this client key.', {
        detail: asked.reason,
      });
    } finally {
      await this.tries.end(begun, refused);
    }
  }
}
