import type { Tx } from '@huma-poweroffice/platform';
import type { Int64 } from '@huma-poweroffice/poweroffice';
import { emailKey } from '../lanes/email-key.js';
import type { StoredLane } from '../lanes/lane-codec.js';
import type { Worlds } from '../lanes/world-repository.js';
import { emailOf } from './collected-employee.js';
import { isOver } from '../lanes/end-link.js';
import type { FreshLook } from './fresh-look.js';
import type { EmployeeNow, LinkSeen, Other } from './judge-link.js';
import type { LeasedRun, PlannedLink } from './run.js';
import type { StandingRepository } from './standing-repository.js';

/** What is true of some links now; null for a person whose lane is not locked here. */
export type SeeLink = (item: PlannedLink) => LinkSeen | null;

/** The lanes that are locked, and what is true of their people. */
export interface Locked {
  readonly byUser: ReadonlyMap<string, StoredLane>;
  readonly worlds: Worlds;
}

/** Brings together what PowerOffice, Huma's read model and our own database say of links, under the lanes' locks. */
export const seeLinks = async (
  tx: Tx,
  run: LeasedRun,
  planned: readonly PlannedLink[],
  { byUser, worlds }: Locked,
  { look, standing }: { readonly look: FreshLook; readonly standing: StandingRepository },
): Promise<SeeLink> => {
  const employeeIds = planned.map(({ employeeId }) => employeeId);
  const employees = employeeIds.flatMap((id) => look.employees.get(id) ?? []);
  const emails = [
    ...new Set(planned.flatMap(({ proof }) => (proof.matchedBy === 'email' ? (proof.personEmail ?? []) : []))),
  ];
  const holders = await standing.holders(tx, run, employeeIds);
  const named = await standing.named(
    tx,
    run,
    employees.map(({ reference }) => reference),
  );
  const newcomers = await standing.newcomersTo(tx, run, emails);
  const inFlight = await standing.inFlight(tx, run, emails, look.beganAt);
  const known = await standing.collectedEmails(
    tx,
    run,
    employees.flatMap((employee) => look.sharedEmails.get(emailOf(employee) ?? '') ?? []),
  );

  const isNewAt = (employee: EmployeeNow, id: Int64): boolean => {
    const email = emailOf(employee);
    if (email === null) return false;
    const key = emailKey(email);
    return (look.sharedEmails.get(email) ?? []).some((other) => other !== id && known.get(other) !== key);
  };
  const isAtRest = ({ userId, isDeleted }: Other): boolean => {
    const lane = byUser.get(userId);
    return !isDeleted || (lane !== undefined && isOver(lane.lane, look.beganAt));
  };
  return ({ userId, employeeId, proof }) => {
    const stored = byUser.get(userId);
    if (!stored) return null;
    const employee = look.employees.get(employeeId) ?? null;
    const holder = holders.get(employeeId) ?? null;
    const email = proof.personEmail ?? '';
    return {
      lane: stored.lane,
      world: worlds.of(stored),
      employee,
      referenceOf: named.get(employee?.reference?.toLowerCase() ?? '') ?? null,
      holder: holder && { ...holder, isAtRest: isAtRest(holder) },
      emailOfSeveral:
        newcomers.some((other) => other.email === email && other.userId !== userId) ||
        (employee !== null && isNewAt(employee, employeeId)),
      emailInFlight: inFlight.some((other) => other.email === emailKey(email) && other.userId !== userId),
    };
  };
};
