import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runTool, type SystemUser } from './run-tool.js';

/**
 * Where PostgreSQL's files are when this runs as root in a folder that only root may enter, such as a home of mode 0700:
 * PostgreSQL then runs as another user, who cannot get there.
 */
const REACHABLE_FOLDER = '/var/lib/huma-poweroffice';

const hashOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 16);

const mayEnter = async (folder: string, user: SystemUser): Promise<boolean> =>
  runTool('test', ['-x', folder], { user, cwd: '/' }).then(
    () => true,
    () => false,
  );

const reachableFolder = (name: string): string => {
  mkdirSync(REACHABLE_FOLDER, { recursive: true, mode: 0o755 });
  chmodSync(REACHABLE_FOLDER, 0o755);
  return join(REACHABLE_FOLDER, name);
};

/**
 * A program that the user can run: itself, or a copy of the folder above its own (`bin`), with the libraries that lie there.
 * @param program the path of a program in a folder `bin`
 */
export const reachableProgram = async (program: string, user: SystemUser | undefined): Promise<string> => {
  if (!user || (await mayEnter(dirname(program), user))) return program;
  const source = dirname(dirname(program));
  const copy = reachableFolder(`programs-${hashOf(source)}`);
  // Copied whenever the original was replaced by another version: the copy has the same file, or is not used.
  const there = join(copy, 'bin', basename(program));
  if (!existsSync(there) || lstatSync(there).size !== lstatSync(program).size) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(source, copy, { recursive: true, verbatimSymlinks: true });
    chmodSync(copy, 0o755);
  }
  return there;
};

/**
 * The folder for the data that belongs at a path: the path itself, or a folder that the user can enter, to which the path then
 * is a symbolic link. {@link discardFolder} removes both.
 */
export const reachableData = async (path: string, user: SystemUser | undefined): Promise<string> => {
  if (existsSync(path)) return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : path;
  mkdirSync(dirname(path), { recursive: true });
  if (!user) return path;
  // What lies in the way inside of our own folder is opened when the data is made; only what is above it counts.
  if (await mayEnter(dirname(dirname(path)), user)) return path;
  const target = reachableFolder(`data-${hashOf(path)}`);
  // Nothing leads to what was there.
  rmSync(target, { recursive: true, force: true });
  rmSync(path, { force: true });
  symlinkSync(target, path);
  return target;
};

/** Removes a folder of an instance, and what its links lead to. */
export const discardFolder = (folder: string): void => {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name);
    if (!lstatSync(path).isSymbolicLink()) continue;
    const target = readlinkSync(path);
    if (dirname(target) === REACHABLE_FOLDER) rmSync(target, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
};
