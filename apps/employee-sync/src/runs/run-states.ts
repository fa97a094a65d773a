/** The states of a run, and which may follow which. What is not here is not allowed. */
export const runTransitions = {
  collecting: ['review', 'failed', 'cancelled'],
  review: ['executing', 'cancelled'],
  executing: ['done', 'failed', 'cancelled'],
  done: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type RunState = keyof typeof runTransitions;
export const runStates = Object.keys(runTransitions) as RunState[];

export const mayBecome = (from: RunState, to: RunState): boolean =>
  (runTransitions[from] as readonly RunState[]).includes(to);

/** The states from which that one may be reached. */
export const statesBefore = (to: RunState): RunState[] => runStates.filter((from) => mayBecome(from, to));

export const isFinished = (state: RunState): boolean => runTransitions[state].length === 0;

/** Why a connection cannot be run now; null: it can. A run is what activates a draft. */
export const refusalToRun = (connectionState: string): string | null =>
  connectionState === 'draft' || connectionState === 'active' ? null : `connection-${connectionState}`;

/** What becomes of a run under way when its connection is like this now. Being paused is not the end: it waits. */
export const holdUp = (
  run: { readonly clientId: string },
  connection: { readonly state: string; readonly clientId: string },
): { readonly kind: 'wait' | 'fail'; readonly code: string } | null => {
  if (connection.clientId !== run.clientId) return { kind: 'fail', code: 'client-changed' };
  const refusal = refusalToRun(connection.state);
  if (refusal === null) return null;
  return { kind: connection.state === 'disconnected' ? 'fail' : 'wait', code: refusal };
};
