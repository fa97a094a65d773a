import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository, from `src` as well as from `dist`. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Everything the stack leaves on disk is in here; git ignores it. */
export const stackFolder = join(repositoryRoot, '.stack');

/** Data, secrets and logs of one instance. */
export const instanceFolder = (instance: string): string => join(stackFolder, instance);
