import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, stackFolder } from './paths.js';
import { runTool, ToolError } from './run-tool.js';
import { StackError } from './stack-error.js';

const pom = join(repositoryRoot, 'tools/stack/kafka/pom.xml');

/** Path of a Java 17 or newer. */
export const findJava = async (): Promise<string> => {
  const home = process.env['JAVA_HOME'];
  const java = home ? join(home, 'bin', 'java') : 'java';
  const output = await runTool(java, ['-version']).catch(() => {
    throw new StackError('Java was not found: install Java 17 or newer (Apache Kafka needs it), or set JAVA_HOME.');
  });
  const version = Number(/version "(?:1\.)?(\d+)/.exec(output)?.[1] ?? 0);
  if (version < 17)
    throw new StackError(`Java ${String(version)} is too old for Apache Kafka: install Java 17 or newer.`);
  return java;
};

/**
 * Folder with the jars of Apache Kafka; brought by Maven when they are not there yet. The folder carries the hash of the
 * pom, so that a new version is fetched by itself, and appears complete or not at all.
 */
export const kafkaJars = async (): Promise<string> => {
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const folder = join(stackFolder, `kafka-${hash}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${String(process.pid)}`;
  mkdirSync(stackFolder, { recursive: true });
  const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
  try {
    await runTool('mvn', args);
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } catch (error) {
    const why = error instanceof ToolError && error.missing ? 'Maven was not found: install Maven 3' : undefined;
    throw new StackError(
      why
        ? `${why} (it brings the jars of Apache Kafka).`
        : `Maven could not bring the jars of Apache Kafka: ${String(error)}`,
    );
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
};
