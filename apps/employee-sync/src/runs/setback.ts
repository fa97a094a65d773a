/**
 * Why a run cannot go on now. `unavailable`: it is tried again after a while; `rejected`: the run has failed, another
 * one may succeed when something has changed.
 */
export class RunSetback extends Error {
  constructor(
    readonly kind: 'unavailable' | 'rejected',
    readonly code: string,
    readonly retryAfterMs = 0,
    cause?: unknown,
  ) {
    super(`The run is held up: ${code}`, { cause });
  }
}

/** Somebody else works on the run now, or a person cancelled it: nothing more may be written. */
export class LeaseLost extends Error {
  constructor() {
    super('The run is not held any more');
  }
}
