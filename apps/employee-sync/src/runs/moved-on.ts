import { sameValue, type HumaValues } from '@huma-poweroffice/sync-rules';

/** Whether Huma says something else than when the run collected. */
export const hasMovedOn = (collected: HumaValues, now: HumaValues): boolean =>
  Object.entries(now).some(([field, value]) => !sameValue(collected[field as keyof HumaValues], value));
