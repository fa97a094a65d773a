import { normalizeEmail } from '@huma-poweroffice/huma';
import type { Int64 } from '@huma-poweroffice/poweroffice';

/** A person of Huma as a run sees one. */
export interface HumaSide {
  readonly userId: string;
  readonly email: string | null;
  readonly state: 'active' | 'deactivated' | 'deleted';
  readonly inScope: boolean;
  /** The employee that the person is linked to in this client, if any. */
  readonly linkedTo: Int64 | null;
}

/** An employee of PowerOffice as a run collected one. */
export interface PowerOfficeSide {
  readonly employeeId: Int64;
  readonly email: string | null;
  readonly reference: string | null;
  readonly archived: boolean;
}

export const situations = [
  'linked',
  'will-link',
  'only-in-huma',
  'only-in-poweroffice',
  'ambiguous',
  'locked',
  'deleted-in-huma',
  'out-of-scope',
  'archived',
] as const;
export type Situation = (typeof situations)[number];

/** Why a situation is what it is; a page makes one sentence of it. */
export type Evidence =
  | { readonly by: 'link' | 'reference' | 'email' }
  | { readonly by: 'email-of-several'; readonly userIds: readonly string[]; readonly employeeIds: readonly Int64[] }
  | { readonly by: 'link-to-missing-employee' | 'nobody' | 'no-email' }
  | { readonly by: 'state' };

export interface Match {
  readonly userId: string | null;
  readonly employeeId: Int64 | null;
  readonly situation: Situation;
  readonly evidence: Evidence;
  /** The employee carries the reference of another system, which is never overwritten. */
  readonly foreignReference: boolean;
}

const group = <T>(items: readonly T[], key: (item: T) => string | null): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const k = key(item);
    if (k === null || k === '') continue;
    const found = groups.get(k);
    if (found) found.push(item);
    else groups.set(k, [item]);
  }
  return groups;
};

const emailKey = (side: { readonly email: string | null }): string | null =>
  side.email === null ? null : normalizeEmail(side.email);

/**
 * Pairs the people of both sides: by link first, then by our reference in PowerOffice, then by email; never by name or
 * number. Everybody of both sides is in exactly one of the matches. An employee belongs to at most one person.
 */
export const match = (people: readonly HumaSide[], employees: readonly PowerOfficeSide[]): Match[] => {
  const byId = new Map(employees.map((e) => [e.employeeId, e]));
  const byReference = group(employees, (e) => e.reference);
  const taken = new Map<Int64, string>();
  const pairs = new Map<string, { employee: PowerOfficeSide; by: 'link' | 'reference' | 'email' }>();
  const knownUsers = new Set(people.map((p) => p.userId));

  const pair = (userId: string, employee: PowerOfficeSide | undefined, by: 'link' | 'reference' | 'email'): void => {
    if (!employee || taken.has(employee.employeeId)) return;
    taken.set(employee.employeeId, userId);
    pairs.set(userId, { employee, by });
  };
  for (const p of people) if (p.linkedTo !== null) pair(p.userId, byId.get(p.linkedTo), 'link');
  for (const p of people) if (!pairs.has(p.userId)) pair(p.userId, byReference.get(p.userId)?.[0], 'reference');

  // By email only among those who are left, and only where it is one person's on each side, archived employees aside.
  const left = people.filter((p) => !pairs.has(p.userId) && p.state !== 'deleted' && p.inScope);
  const free = employees.filter((e) => !taken.has(e.employeeId));
  const peopleByEmail = group(left, emailKey);
  const employeesByEmail = group(free, emailKey);
  const ambiguous = new Map<string, Evidence>();
  for (const [email, sameEmail] of peopleByEmail) {
    const candidates = employeesByEmail.get(email);
    if (!candidates) continue;
    // An archived employee is history: who came back is the one that is not.
    const current = candidates.filter((e) => !e.archived);
    const [only] = current.length === 1 ? current : candidates;
    if (sameEmail.length === 1 && (candidates.length === 1 || current.length === 1))
      pair((sameEmail[0] as HumaSide).userId, only, 'email');
    else {
      const evidence: Evidence = {
        by: 'email-of-several',
        userIds: sameEmail.map((p) => p.userId),
        employeeIds: candidates.map((e) => e.employeeId),
      };
      for (const p of sameEmail) ambiguous.set(p.userId, evidence);
      for (const e of candidates) ambiguous.set(e.employeeId, evidence);
    }
  }

  const ofPerson = (p: HumaSide): Match => {
    const found = pairs.get(p.userId);
    const employee = found?.employee;
    const foreignReference = !!employee?.reference && employee.reference !== p.userId;
    const base = { userId: p.userId, employeeId: employee?.employeeId ?? null, foreignReference };
    const state: Evidence = { by: 'state' };
    if (p.state === 'deleted') return { ...base, situation: 'deleted-in-huma', evidence: state };
    if (!p.inScope) return { ...base, situation: 'out-of-scope', evidence: state };
    if (employee?.archived) return { ...base, situation: 'archived', evidence: state };
    if (p.state === 'deactivated') return { ...base, situation: 'locked', evidence: state };
    if (found) return { ...base, situation: found.by === 'link' ? 'linked' : 'will-link', evidence: { by: found.by } };
    const several = ambiguous.get(p.userId);
    if (several) return { ...base, situation: 'ambiguous', evidence: several };
    const by = p.linkedTo !== null ? 'link-to-missing-employee' : p.email ? 'nobody' : 'no-email';
    return { ...base, situation: 'only-in-huma', evidence: { by } };
  };
  // A deleted person without an employee has nothing to show.
  const matches = people.filter((p) => p.state !== 'deleted' || pairs.has(p.userId)).map(ofPerson);
  for (const e of employees) {
    if (taken.has(e.employeeId)) continue;
    const several = ambiguous.get(e.employeeId);
    const base = {
      userId: null,
      employeeId: e.employeeId,
      foreignReference: !!e.reference && !knownUsers.has(e.reference),
    };
    if (several) matches.push({ ...base, situation: 'ambiguous', evidence: several });
    else if (e.archived) matches.push({ ...base, situation: 'archived', evidence: { by: 'state' } });
    else matches.push({ ...base, situation: 'only-in-poweroffice', evidence: { by: e.email ? 'nobody' : 'no-email' } });
  }
  return matches;
};
