import type { KeptToken } from './token-repository.js';

export interface TokenMargins {
  /** A token that ends sooner is renewed, and used meanwhile. */
  readonly renewBeforeMs: number;
  /** A token that ends sooner is not used. */
  readonly useBeforeMs: number;
}

/**
 * What to do with the token that is kept. One that was refused is not used again, whatever its time; nor is one that
 * ends too soon to be of use.
 */
export const judgeToken = (
  kept: KeptToken | null,
  refused: string | null,
  { renewBeforeMs, useBeforeMs }: TokenMargins,
): 'use' | 'use-and-renew' | 'renew' => {
  if (!kept || kept.accessToken === refused || kept.leftMs < useBeforeMs) return 'renew';
  return kept.leftMs < renewBeforeMs ? 'use-and-renew' : 'use';
};
