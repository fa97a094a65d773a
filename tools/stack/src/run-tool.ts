import { execFile } from 'node:child_process';
import { shutdownSignal } from './shutdown.js';
import { messageOf, StackError } from './stack-error.js';

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: SystemUser | undefined;
}

/** The system user as whom a process runs; only root can choose. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Variables every process gets; others of the caller's (its KAFKA_*, NODE_OPTIONS …) must not reach a part by accident. */
export const baseEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'JAVA_HOME', 'LOG_LEVEL'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** Runs a program to its end and answers what it printed; both of its outputs together. */
export const runTool = (command: string, args: readonly string[], options: ToolOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const settings = {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...options.user,
      env: { ...baseEnvironment(), ...options.env },
      maxBuffer: 16 * 1024 * 1024,
      signal: shutdownSignal,
    };
    execFile(command, args, settings, (error, stdout, stderr) => {
      if (!error) resolve(stdout + stderr);
      else reject(new ToolError(command, error, `${stdout}\n${stderr}`));
    });
  });

/** A tool could not be started (`missing`) or ended with an error. */
export class ToolError extends StackError {
  readonly missing: boolean;

  constructor(command: string, cause: Error & { code?: unknown }, output: string) {
    const missing = cause.code === 'ENOENT';
    const lastLines = output.trim().split('\n').slice(-15).join('\n');
    super(missing ? `${command} was not found.` : `${command} failed: ${lastLines || messageOf(cause)}`, { cause });
    this.missing = missing;
  }
}
