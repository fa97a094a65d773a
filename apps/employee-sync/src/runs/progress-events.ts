import type { MessageEvent } from '@nestjs/common';
import { catchError, finalize, from, map, of, type Observable } from 'rxjs';
import type { Progress } from './progress.js';

/** A stream of progress as server-sent events; whoever stops listening stops the looking. */
export const progressEvents = async (
  watch: (signal: AbortSignal) => Promise<AsyncGenerator<Progress>>,
): Promise<Observable<MessageEvent>> => {
  const watching = new AbortController();
  return from(await watch(watching.signal)).pipe(
    map((data): MessageEvent => ({ type: 'progress', data })),
    // What went wrong is ours and names nothing of it; a browser connects again by itself.
    catchError(() => of<MessageEvent>({ type: 'interrupted', data: { code: 'internal-error' } })),
    finalize(() => {
      watching.abort();
    }),
  );
};
