/** Something the person at the keyboard can put right; the message is one sentence that says how. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** Message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
