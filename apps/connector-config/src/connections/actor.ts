import type { Principal } from '@huma-poweroffice/platform';
import type { Actor } from './history-repository.js';

/** Who the history says it was. */
export const actorOf = ({ kind, sub }: Principal): Actor => ({ kind, id: sub });
