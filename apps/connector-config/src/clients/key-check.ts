import { ProblemError, type Secret } from '@huma-poweroffice/platform';
import type { Asked } from './asked.js';
import type { OwnKeysAlarm } from './own-keys-alarm.js';
import type { PowerOfficeClients } from './poweroffice-clients.js';

export type Accepted = Extract<Asked, { readonly outcome: 'accepted' }>;

const unavailable = (): ProblemError =>
  new ProblemError(503, 'poweroffice-unavailable', 'PowerOffice Go cannot be asked just now; try again later.');

/** Tries client keys for a person who waits. */
export class KeyCheck {
  constructor(
    private readonly clients: Pick<PowerOfficeClients, 'ask'>,
    private readonly alarm: Pick<OwnKeysAlarm, 'areRefused'>,
  ) {}

  /**
   * Whose key it is and what it may do.
   * @throws ProblemError 422 when PowerOffice refuses the key, with its reason; 503 when nobody can tell
   */
  async accept(clientKey: Secret): Promise<Accepted> {
    const asked = await this.clients.ask(clientKey, 'person');
    if (asked.outcome === 'accepted') return asked;
    // While our own keys are refused, every key looks wrong.
    if (asked.outcome !== 'refused' || (await this.alarm.areRefused())) throw unavailable();
    throw new ProblemError(422, 'client-key-refused', 'PowerOffice Go does not accept this client key.', {
      detail: asked.reason,
    });
  }
}
