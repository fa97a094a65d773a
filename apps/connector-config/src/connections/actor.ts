import type { Principal } from '@huma-poweroffice/platform';
import type { Actor } from './history-repository.js';

/** The name by which the limits for trying keys tell callers apart. */
export const callerName = ({ kind, id }: Actor): string => `${kind}:${id ?? ''}`;

/** Who the history says it was. */
export const actorOf = ({ kind, sub }: Principal): Actor => ({ kind, id: sub });
