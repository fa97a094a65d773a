import type { ProviderKeys } from '../provider-keys.js';
import type { HealthCheck } from './health.js';
import { metrics } from './metrics.js';

const MINUTE_MS = 60_000;

const minutes = (ms: number): string => `${String(Math.round(ms / MINUTE_MS))} minutes`;

/** The readiness check of the identity provider's keys. It also counts the refreshes of the keys in a metric. */
export const identityProvider = (keys: ProviderKeys): HealthCheck => {
  const answers = metrics.counter({
    name: 'identity_provider_answers_total',
    help: 'Requests for the keys of the identity provider, by whether it answered',
    labelNames: ['outcome'],
  });
  for (const outcome of ['answered', 'failed'] as const) answers.inc({ outcome }, 0);
  keys.observe((ok) => {
    answers.inc({ outcome: ok ? 'answered' : 'failed' });
  });
  return {
    name: 'identity-provider',
    check: async () => {
      const { ageMs, failingForMs, usable } = keys.state();
      const age = ageMs === null ? 'no keys are known' : `the keys are ${minutes(ageMs)} old`;
      const failing = failingForMs === null ? '' : `; the provider has not answered for ${minutes(failingForMs)}`;
      return { ok: usable, detail: age + failing };
    },
  };
};
