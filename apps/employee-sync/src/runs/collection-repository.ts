import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import { toPerson } from '@huma-poweroffice/huma';
import type { Keyring, Tx } from '@huma-poweroffice/platform';
import { humaValues, type EmploymentFacts, type HumaSide } from '@huma-poweroffice/sync-rules';
import { openLane, type LaneRow } from '../lanes/lane-codec.js';
import { openPerson } from '../lanes/person-codec.js';
import { changedSince, hashesOf, type ShownHashes } from '../lanes/shown-hashes.js';
import { withAccount } from './collected-employee.js';
import type { SinceDeletion } from './evidence.js';
import { emailKey } from '../lanes/email-key.js';
import type { ContactBankAccount, Int64 } from '@huma-poweroffice/poweroffice';
import type { CollectedEmployee, CollectedPerson, EmployeeValues, LeasedRun, RunItem } from './run.js';
import { accountContext, employeeContext, personContext, proofContext } from './sealing.js';

interface PersonRow extends LaneRow {
  readonly version: string;
  readonly personState: HumaSide['state'];
  readonly email: string | null;
  readonly profile: object | null;
  readonly sensitive: Buffer | null;
  readonly facts: EmploymentFacts | null;
  readonly linked: boolean;
  readonly shownHashes: ShownHashes | null;
}

/** A person as the matching and the review want one. */
export interface PersonFound {
  readonly side: HumaSide;
  readonly collected: CollectedPerson;
  /** Of somebody deleted in Huma who is linked: what PowerOffice showed at the deletion. */
  readonly hashes: ShownHashes | null;
}

/** Somebody deleted in Huma, and the employee that they were linked to. */
export interface DeletedUser {
  readonly userId: string;
  readonly employeeId: Int64;
  readonly hashes: ShownHashes | null;
}

/** An employee that was read again. */
export interface SeenAgain {
  readonly employeeId: Int64;
  readonly values: EmployeeValues;
}

const CHUNK = 1000;

const nameOf = (user: HumaUserMessage | null): string => (user ? `${user.givenName} ${user.familyName}`.trim() : '');

/** What a run collects of both sides, written chunk by chunk so that twenty thousand people need little memory. */
export class CollectionRepository {
  constructor(private readonly keyring: Keyring) {}

  /** A collect that was broken off begins anew. */
  async clear(tx: Tx, run: LeasedRun): Promise<void> {
    for (const table of ['run_item', 'run_person', 'run_employee', 'run_account'])
      await tx.query(`DELETE FROM ${table} WHERE run_id = $1`, [run.id]);
  }

  /** Employees of a page; one that a changing list shows twice counts as shown last. */
  async saveEmployees(tx: Tx, run: LeasedRun, employees: readonly CollectedEmployee[]): Promise<void> {
    for (const rows of chunks([...new Map(employees.map((e) => [e.employeeId, e])).values()])) {
      await tx.query(
        `INSERT INTO run_employee (run_id, employee_id, name, email, email_key, reference, archived, collected)
         SELECT $1, e.*
           FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::bytea[]) AS e
         ON CONFLICT (run_id, employee_id) DO UPDATE
            SET name = excluded.name, email = excluded.email, email_key = excluded.email_key,
                reference = excluded.reference, archived = excluded.archived, collected = excluded.collected`,
        [
          run.id,
          rows.map((e) => e.employeeId),
          rows.map((e) => e.name),
          rows.map((e) => e.email),
          rows.map((e) => (e.email === null ? null : emailKey(e.email))),
          rows.map((e) => e.reference),
          rows.map((e) => e.archived),
          rows.map((e) => e.values && this.seal(e.values, employeeContext(run.id, e.employeeId))),
        ],
      );
    }
  }

  /** Accounts of employees; those of other contacts are never kept. */
  async saveAccounts(tx: Tx, run: LeasedRun, accounts: readonly ContactBankAccount[]): Promise<void> {
    for (const rows of chunks([...new Map(accounts.map((a) => [a.id, a])).values()])) {
      await tx.query(
        `INSERT INTO run_account (run_id, employee_id, account_id, collected)
         SELECT $1, a.* FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS a
         ON CONFLICT (run_id, account_id) DO UPDATE
            SET employee_id = excluded.employee_id, collected = excluded.collected`,
        [
          run.id,
          rows.map((a) => a.contactId),
          rows.map((a) => a.id),
          rows.map((a) => this.seal(a, accountContext(run.id, a.id))),
        ],
      );
    }
  }

  /** What PowerOffice shows of employees right before the execution. */
  async saveSeenAgain(tx: Tx, run: LeasedRun, employees: readonly SeenAgain[]): Promise<void> {
    for (const rows of chunks(employees)) {
      await tx.query(
        `UPDATE run_employee e SET seen_again = s.values
           FROM unnest($2::bigint[], $3::bytea[]) AS s (employee_id, values)
          WHERE e.run_id = $1 AND e.employee_id = s.employee_id`,
        [
          run.id,
          rows.map((e) => e.employeeId),
          rows.map((e) => this.seal(e.values, employeeContext(run.id, e.employeeId))),
        ],
      );
    }
  }

  /**
   * People whom the run is about, in the order of their ids: those whom the connection covers, those who are linked,
   * those whose id an employee carries, and those with the email of an employee.
   */
  async people(tx: Tx, run: LeasedRun, sendPositions: boolean, after: string | null): Promise<PersonFound[]> {
    const rows = await tx.query<PersonRow>(peopleStatement, [
      run.connectionId,
      run.organizationId,
      run.id,
      after ?? '00000000-0000-0000-0000-000000000000',
      CHUNK,
    ]);
    return rows.map((row) => {
      const { userId } = row;
      const user = openPerson(userId, row.profile, row.sensitive, this.keyring);
      const lane = row.linked ? openLane(row, this.keyring).lane : null;
      const link = lane?.link ?? null;
      return {
        hashes:
          lane && row.personState === 'deleted'
            ? (row.shownHashes ?? hashesOf(lane, { connectionId: run.connectionId, userId }, this.keyring))
            : null,
        side: {
          userId,
          email: row.email,
          state: row.personState,
          inScope: row.inScope,
          // A link means something only in the client in which it was made.
          linkedTo: link?.clientId === run.clientId ? link.employeeId : null,
        },
        collected: {
          userId,
          version: Number(row.version),
          name: nameOf(user),
          email: row.email,
          values: user ? humaValues(toPerson(user), sendPositions ? row.facts : null) : {},
        },
      };
    });
  }

  async savePeople(tx: Tx, run: LeasedRun, people: readonly CollectedPerson[]): Promise<void> {
    await tx.query(
      `INSERT INTO run_person (run_id, user_id, version, name, email, collected)
       SELECT $1, p.* FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bytea[]) AS p`,
      [
        run.id,
        people.map((p) => p.userId),
        people.map((p) => p.version),
        people.map((p) => p.name),
        people.map((p) => p.email),
        people.map((p) => this.keyring.seal(JSON.stringify(p.values), personContext(run.id, p.userId))),
      ],
    );
  }

  async saveItems(tx: Tx, run: LeasedRun, items: readonly RunItem[]): Promise<void> {
    for (const rows of chunks(items)) {
      await tx.query(
        `INSERT INTO run_item (run_id, no, user_id, employee_id, situation, evidence, planned, proof, ticked, state)
         SELECT $1, i.no, i.user_id, i.employee_id, i.situation, i.evidence, i.planned, i.proof, i.ticked,
                CASE WHEN i.planned = 'none' THEN 'nothing-planned' ELSE 'pending' END
           FROM unnest($2::int[], $3::uuid[], $4::bigint[], $5::text[], $6::jsonb[], $7::text[], $8::bytea[], $9::boolean[])
                AS i (no, user_id, employee_id, situation, evidence, planned, proof, ticked)`,
        [
          run.id,
          rows.map((i) => i.no),
          rows.map((i) => i.userId),
          rows.map((i) => i.employeeId),
          rows.map((i) => i.situation),
          rows.map((i) => JSON.stringify(i.evidence)),
          rows.map((i) => i.planned.kind),
          rows.map((i) => (i.planned.kind === 'none' ? null : this.seal(i.planned.proof, proofContext(run.id, i.no)))),
          rows.map((i) => i.ticked),
        ],
      );
    }
  }

  /** Whether PowerOffice shows something else of employees than when their users were deleted in Huma. */
  async sinceDeletion(tx: Tx, run: LeasedRun, deleted: readonly DeletedUser[]): Promise<Map<Int64, SinceDeletion>> {
    const rows = await tx.query<{ employeeId: Int64; values: Buffer }>(
      `SELECT employee_id AS "employeeId", collected AS values FROM run_employee
        WHERE run_id = $1 AND employee_id = ANY ($2::bigint[]) AND collected IS NOT NULL`,
      [run.id, deleted.map(({ employeeId }) => employeeId)],
    );
    const values = new Map(
      rows.map((row) => [
        row.employeeId,
        this.open<EmployeeValues>(row.values, employeeContext(run.id, row.employeeId)),
      ]),
    );
    const accounts = await this.accounts(
      tx,
      run,
      [...values.values()].flatMap(({ accountId }) => accountId ?? []),
    );
    const { connectionId } = run;
    return new Map(
      deleted.map(({ userId, employeeId, hashes }) => {
        const found = values.get(employeeId);
        const shown = found ? withAccount(found, accounts.get(found.accountId ?? '') ?? null) : {};
        return [employeeId, changedSince(hashes, shown, { connectionId, userId }, this.keyring)];
      }),
    );
  }

  /** Accounts by their ids. */
  async accounts(tx: Tx, run: LeasedRun, ids: readonly Int64[]): Promise<Map<Int64, ContactBankAccount>> {
    const rows = await tx.query<{ id: Int64; sealed: Buffer }>(
      'SELECT account_id AS id, collected AS sealed FROM run_account WHERE run_id = $1 AND account_id = ANY ($2::bigint[])',
      [run.id, ids],
    );
    return new Map(
      rows.map(({ id, sealed }) => [id, this.open<ContactBankAccount>(sealed, accountContext(run.id, id))]),
    );
  }

  private open<T>(sealed: Buffer, context: string): T {
    return JSON.parse(this.keyring.open(sealed, context).toString('utf8')) as T;
  }

  private seal(value: unknown, context: string): Buffer {
    return this.keyring.seal(JSON.stringify(value), context);
  }
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += CHUNK) yield items.slice(from, from + CHUNK);
}

/** `emailKey` of an email that is normalised already, as SQL. */
const emailKeyOf = (email: string): string =>
  `translate(rtrim(encode(sha256(convert_to(${email}, 'UTF8')), 'base64'), '='), '+/', '-_')`;

const peopleStatement = `
  SELECT p.user_id AS "userId", p.version, p.state AS "personState", p.email, p.profile, p.sensitive, e.facts,
         $1::uuid AS "connectionId", coalesce(l.class, 1) AS class, coalesce(l.due, false) AS due, l.asked,
         coalesce(l.is_new, false) AS "isNew", coalesce(l.in_scope, false) AS "inScope", l.cause, l.trace, l.state,
         l.linked_employee IS NOT NULL AS linked, l.shown_hashes AS "shownHashes"
    FROM person p
    LEFT JOIN lane l ON l.connection_id = $1 AND l.user_id = p.user_id
    LEFT JOIN employment e ON e.user_id = p.user_id AND e.organization_id = p.organization_id
   WHERE p.organization_id = $2 AND p.user_id > $4
     AND (l.in_scope OR l.linked_employee IS NOT NULL
          OR EXISTS (SELECT 1 FROM run_employee r WHERE r.run_id = $3 AND lower(r.reference) = p.user_id::text)
          OR p.email IS NOT NULL AND EXISTS (
               SELECT 1 FROM run_employee r WHERE r.run_id = $3 AND r.email_key = ${emailKeyOf('p.email')}))
   ORDER BY p.user_id LIMIT $5`;
