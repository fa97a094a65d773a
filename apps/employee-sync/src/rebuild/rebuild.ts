import type { Database } from '@huma-poweroffice/platform';
import type { PersonRepository } from '../take-in/person-repository.js';
import { differs } from './differs.js';
import type { RebuildRepository } from './rebuild-repository.js';

export interface RebuildReport {
  readonly people: number;
  /** Of whom something else was known: their lanes are due. */
  readonly changed: number;
  /** Who are known and are not in the topic; they stay as they are. */
  readonly missing: number;
}

const CHUNK = 500;

/**
 * Makes the read model of people what the topic says now, also where versions went back or a deletion was undone. Nothing
 * is sent because of it: lanes become due only where a value differs, and what differs is decided as ever.
 */
export class Rebuild {
  constructor(
    private readonly database: Database,
    private readonly repository: RebuildRepository,
    private readonly people: PersonRepository,
  ) {}

  /** @param readTopic reads the whole topic as it is now into the repository */
  async run(readTopic: () => Promise<void>): Promise<RebuildReport> {
    const began = await this.repository.begin();
    await readTopic();
    let [people, changed] = [0, 0];
    for (let after: string | null = null; ;) {
      const done: { readonly last: string | null; readonly people: number; readonly changed: number } =
        await this.chunk(after, began);
      people += done.people;
      changed += done.changed;
      if (done.last === null) break;
      after = done.last;
    }
    const missing = await this.database.transaction((tx) => this.repository.missing(tx));
    return { people, changed, missing };
  }

  private chunk(after: string | null, began: Date) {
    return this.database.transaction(async (tx) => {
      const pairs = await this.repository.next(tx, after, CHUNK);
      const changes = pairs.filter((pair) => differs(pair, began)).map((pair) => pair.change);
      await this.repository.makeOld(
        tx,
        changes.map((change) => change.userId),
      );
      await this.people.takeIn(tx, changes);
      return { last: pairs.at(-1)?.change.userId ?? null, people: pairs.length, changed: changes.length };
    });
  }
}
