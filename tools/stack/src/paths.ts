import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { discardFolder } from './reachable.js';

/** Root of the repository, from `src` as well as from `dist`. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Everything the stack leaves on disk is in here; git ignores it. */
export const stackFolder = join(repositoryRoot, '.stack');

/** Data, secrets and logs of one instance. */
export const instanceFolder = (instance: string): string => join(stackFolder, instance);

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Removes the data of instances named `<prefix>-<pid>` whose process is gone: they were stopped half way. */
export const discardLeftovers = (prefix: string, folder = stackFolder): void => {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const pid = new RegExp(`^${prefix}-(\\d+)$`).exec(name)?.[1];
    if (pid !== undefined && !runs(Number(pid))) discardFolder(join(folder, name));
  }
};
