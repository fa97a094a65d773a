import type { Principal } from '@huma-poweroffice/platform';
import type { Actor } from './history-repository.js';

/** How limits tell callers apart. */
export const callerName = ({ kind, id }: Actor): string => `${kind}:${id ?? ''}`;

/** Who the history says it was. */
export const actorOf = ({ kind, sub }: Principal): Actor => ({ kind, id: sub });
