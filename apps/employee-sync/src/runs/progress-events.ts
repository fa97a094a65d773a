import type { MessageEvent } from '@nestjs/common';
import { finalize, from, map, type Observable } from 'rxjs';
import type { Progress } from './progress.js';

/** A stream of progress as server-sent events; whoever stops listening stops the looking. */
export const progressEvents = async (
  watch: (signal: AbortSignal) => Promise<AsyncGenerator<Progress>>,
): Promise<Observable<MessageEvent>> => {
  const watching = new AbortController();
  return from(await watch(watching.signal)).pipe(
    map((data): MessageEvent => ({ type: 'progress', data })),
    finalize(() => {
      watching.abort();
    }),
  );
};
