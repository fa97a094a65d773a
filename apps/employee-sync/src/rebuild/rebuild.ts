import { isTransient, type Database } from '@huma-poweroffice/platform';
import type { PersonChange } from '../take-in/person-change.js';
import type { PersonRepository } from '../take-in/person-repository.js';
import type { ReadPerson, Reading, RebuildRepository } from './rebuild-repository.js';
import { verdictOf, type Known, type Verdict } from './verdict.js';

export interface RebuildReport {
  /** People of whom the topic says something. */
  readonly people: number;
  /** People of whom something else was known: their lanes are due. */
  readonly changed: number;
  /** People who are known and are not in the topic; they stay as they are. */
  readonly missing: number;
  /** People of whom the topic has only lower versions than are known; nothing of them was used. */
  readonly lower: number;
  /** People who are deleted, and of whom the topic says that they are not; nothing of them was used. */
  readonly deleted: number;
  /** People of whom events name another organisation; nothing of these events was used. */
  readonly foreign: number;
  /** After a restore of Huma: people who were taken in while the topic was read, and are to be looked at again. */
  readonly meanwhile: number;
  /** People whose stored values could not be opened. */
  readonly unreadable: number;
  /** Some of the people who are `lower` or `deleted`. */
  readonly examples: readonly string[];
}

type Counts = Record<Verdict, number> & { unreadable: number };

const CHUNK = 500;
const TRIES = 5;
const EXAMPLES = 20;

const noCounts = (): Counts => ({
  take: 0,
  replace: 0,
  same: 0,
  lower: 0,
  deleted: 0,
  foreign: 0,
  meanwhile: 0,
  unreadable: 0,
});

/**
 * Compares the read model of people with what the topic says, person by person under the lock of the person's row, and
 * takes in what counts (lane protocol, 1a). Lanes become due only where a value differs.
 */
export class Rebuild {
  constructor(
    private readonly database: Database,
    private readonly repository: RebuildRepository,
    private readonly people: PersonRepository,
  ) {}

  /** @param reading what was read of the topic; the caller ends it */
  async apply(reading: Reading): Promise<RebuildReport> {
    const counts = noCounts();
    const examples: string[] = [];
    let people = 0;
    for (let after: string | null = null; ;) {
      const done: Chunk = await this.retried(() => this.chunk(reading, after));
      people += done.people;
      for (const verdict of Object.keys(counts) as (keyof Counts)[]) counts[verdict] += done.counts[verdict];
      examples.push(...done.examples.slice(0, EXAMPLES - examples.length));
      if (done.last === null) break;
      after = done.last;
    }
    const { take, replace, lower, deleted, foreign, meanwhile, unreadable } = counts;
    const missing = await this.repository.missing(reading);
    return { people, changed: take + replace, missing, lower, deleted, foreign, meanwhile, unreadable, examples };
  }

  /** Taking in locks the same rows in another order: a deadlock passes. */
  private async retried<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (tries >= TRIES || !isTransient(error)) throw error;
      }
    }
  }

  private chunk(reading: Reading, after: string | null): Promise<Chunk> {
    return this.database.transaction(async (tx) => {
      const read = await this.repository.next(tx, reading, after, CHUNK);
      await this.people.holdScopes(
        tx,
        read.flatMap((person) => person.changes),
      );
      const known = await this.repository.lock(
        tx,
        read.map((person) => person.userId),
      );
      const judged = read.flatMap((person) => judge(person, known.get(person.userId) ?? null, reading));
      const of = (verdict: Verdict) => judged.filter((one) => one.verdict === verdict).map((one) => one.change);
      const replaced = of('replace');
      await this.people.takeIn(
        tx,
        [...of('take'), ...replaced].map((change) => ({ ...change, backlogAt: reading.began })),
        replaced.map((change) => change.userId),
      );
      const counts = noCounts();
      for (const { verdict } of judged) counts[verdict] += 1;
      counts.unreadable = [...known.values()].filter((person) => person.user === 'unreadable').length;
      const examples = [...of('lower'), ...of('deleted')].map((change) => change.userId);
      return { last: read.at(-1)?.userId ?? null, people: read.length, counts, examples };
    });
  }
}

interface Chunk {
  readonly last: string | null;
  readonly people: number;
  readonly counts: Counts;
  readonly examples: readonly string[];
}

interface Judged {
  readonly change: PersonChange;
  readonly verdict: Verdict;
}

/** Of a person who is not known the organisation that was named first counts, as it would have in taking in. */
const judge = ({ changes }: ReadPerson, known: Known | null, reading: Reading): Judged[] => {
  const organizationId = known?.organizationId ?? changes[0]?.organizationId ?? null;
  return changes.map((change) => ({
    change,
    verdict:
      change.organizationId !== null && organizationId !== null && change.organizationId !== organizationId
        ? 'foreign'
        : verdictOf(change, known, reading),
  }));
};
