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
  'hired-again',
  'only-in-huma',
  'only-in-poweroffice',
  'ambiguous',
  'locked',
  'deleted-in-huma',
  'out-of-scope',
  'archived',
] as const;
export type Situation = (typeof situations)[number];

/** How a person and an employee were found to be the same. */
export type MatchedBy = 'link' | 'reference' | 'email';

/** Why a situation is what it is; a page makes one sentence of it. */
export type Evidence =
  | { readonly by: MatchedBy }
  /** A living person matches the employee that somebody who was deleted in Huma was linked to, or whose id it carries. */
  | { readonly by: 'hired-again'; readonly matchedBy: 'reference' | 'email'; readonly deletedUserId: string }
  | { readonly by: 'email-of-several'; readonly userIds: readonly string[]; readonly employeeIds: readonly Int64[] }
  /** The employee belongs to this living person, by a link or by our reference. */
  | { readonly by: 'held-by'; readonly userId: string; readonly employeeId: Int64 }
  /** The person with the email of this employee belongs to another employee. */
  | { readonly by: 'email-of-matched'; readonly userId: string; readonly employeeId: Int64 }
  | { readonly by: 'link-to-missing-employee' | 'nobody' | 'no-email' }
  | { readonly by: 'state' };

export interface Match {
  readonly userId: string | null;
  readonly employeeId: Int64 | null;
  readonly situation: Situation;
  readonly evidence: Evidence;
  /** How the pair was found, whatever the situation; null: it is no pair. */
  readonly matchedBy: MatchedBy | null;
  /** The employee carries the reference of another system, which is never overwritten. */
  readonly foreignReference: boolean;
}

interface Pair {
  readonly employee: PowerOfficeSide;
  readonly by: MatchedBy;
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

/** References that we write are ids of users, whose letter case says nothing. */
const referenceKey = ({ reference }: PowerOfficeSide): string | null => reference?.toLowerCase() ?? null;

const isLiving = ({ state }: HumaSide): boolean => state !== 'deleted';

/** An archived employee is history: who came back is the one that is not. Null: the email does not tell who it is. */
const onlyOne = (candidates: readonly PowerOfficeSide[]): PowerOfficeSide | null => {
  const current = candidates.filter((e) => !e.archived);
  const [only] = current.length === 1 ? current : candidates;
  return only && (candidates.length === 1 || current.length === 1) ? only : null;
};

/** Who belongs to whom, before it is said what that means. */
class Pairing {
  readonly pairs = new Map<string, Pair>();
  readonly ambiguous = new Map<string, Evidence>();
  readonly #holders = new Map<Int64, string>();
  readonly #people: ReadonlyMap<string, HumaSide>;
  readonly #byId: ReadonlyMap<Int64, PowerOfficeSide>;
  readonly #byReference: ReadonlyMap<string, PowerOfficeSide[]>;
  readonly #tombstones = new Map<Int64, string>();

  constructor(
    people: readonly HumaSide[],
    private readonly employees: readonly PowerOfficeSide[],
  ) {
    this.#people = new Map(people.map((p) => [p.userId, p]));
    this.#byId = new Map(employees.map((e) => [e.employeeId, e]));
    this.#byReference = group(employees, referenceKey);
    for (const p of people) {
      if (isLiving(p)) continue;
      const employee = this.#linked(p) ?? this.#referred(p);
      if (employee) this.#tombstones.set(employee.employeeId, p.userId);
    }
  }

  byLink(people: readonly HumaSide[]): void {
    for (const p of people) this.#pair(p, this.#linked(p), 'link');
  }

  byReference(people: readonly HumaSide[]): void {
    for (const p of people) this.#pair(p, this.#referred(p), 'reference');
  }

  /** Only among those who are left, and only where it is one person's on each side. */
  byEmail(people: readonly HumaSide[], saySeveral: boolean): void {
    const left = people.filter((p) => !this.pairs.has(p.userId));
    const free = this.employees.filter((e) => this.holderOf(e) === null && !this.ambiguous.has(e.employeeId));
    const candidatesOf = group(free, emailKey);
    for (const [email, sameEmail] of group(left, emailKey)) {
      const candidates = candidatesOf.get(email);
      if (!candidates) continue;
      const only = onlyOne(candidates);
      const [person] = sameEmail;
      if (person && sameEmail.length === 1 && only) this.#pair(person, only, 'email');
      else if (saySeveral) this.#several(sameEmail, candidates);
    }
  }

  /** The person that the employee belongs to, or whose id it carries; of those who were deleted only where nobody else is. */
  holderOf(employee: PowerOfficeSide): string | null {
    const holder = this.#holders.get(employee.employeeId);
    if (holder !== undefined) return holder;
    const carried = this.#people.get(referenceKey(employee) ?? '');
    return carried && isLiving(carried) ? carried.userId : null;
  }

  /** Who was deleted in Huma and was linked to the employee, or whose id it carries. */
  tombstoneOf(employee: PowerOfficeSide): string | null {
    return this.#tombstones.get(employee.employeeId) ?? null;
  }

  employee(id: Int64 | null): PowerOfficeSide | undefined {
    return id === null ? undefined : this.#byId.get(id);
  }

  isPaired(employee: PowerOfficeSide): boolean {
    return this.#holders.has(employee.employeeId);
  }

  /** A reference that is no id of anybody in Huma is another system's. */
  isForeign({ reference }: PowerOfficeSide, userId: string | null): boolean {
    if (reference === null || reference === '' || reference.toLowerCase() === userId) return false;
    const known = this.#people.get(reference.toLowerCase());
    return known === undefined || (userId !== null && isLiving(known));
  }

  #linked({ linkedTo }: HumaSide): PowerOfficeSide | undefined {
    return this.employee(linkedTo);
  }

  #referred({ userId }: HumaSide): PowerOfficeSide | undefined {
    return this.#byReference.get(userId)?.find((e) => !this.#holders.has(e.employeeId));
  }

  #pair({ userId }: HumaSide, employee: PowerOfficeSide | undefined, by: MatchedBy): void {
    if (!employee || this.pairs.has(userId) || this.#holders.has(employee.employeeId)) return;
    this.#holders.set(employee.employeeId, userId);
    this.pairs.set(userId, { employee, by });
  }

  #several(people: readonly HumaSide[], employees: readonly PowerOfficeSide[]): void {
    const evidence: Evidence = {
      by: 'email-of-several',
      userIds: people.map((p) => p.userId),
      employeeIds: employees.map((e) => e.employeeId),
    };
    for (const p of people) this.ambiguous.set(p.userId, evidence);
    for (const e of employees) this.ambiguous.set(e.employeeId, evidence);
  }
}

/**
 * Pairs the people of both sides: by link first, then by our reference in PowerOffice, then by email; never by name or
 * number. A person who was deleted in Huma keeps an employee only if no living person whom the connection covers matches
 * it, and a person outside the group is found by email only after that. Everybody of both sides is in exactly one of the
 * matches, apart from deleted people without an employee. An employee belongs to at most one person.
 */
export const match = (people: readonly HumaSide[], employees: readonly PowerOfficeSide[]): Match[] => {
  const living = people.filter(isLiving);
  const deleted = people.filter((p) => !isLiving(p));
  const pairing = new Pairing(people, employees);
  pairing.byLink(living);
  pairing.byReference(living);
  pairing.byEmail(
    living.filter((p) => p.inScope),
    true,
  );
  pairing.byLink(deleted);
  pairing.byReference(deleted);
  pairing.byEmail(
    living.filter((p) => !p.inScope),
    false,
  );

  const { pairs, ambiguous } = pairing;
  const employeesByEmail = group(employees, emailKey);
  const pairedByEmail = group(
    living.filter((p) => pairs.has(p.userId)),
    emailKey,
  );

  const unpaired = (p: HumaSide): Evidence => {
    const wanted = pairing.employee(p.linkedTo);
    const sameEmail = employeesByEmail.get(emailKey(p) ?? '') ?? [];
    for (const employee of wanted ? [wanted, ...sameEmail] : sameEmail) {
      const holder = pairing.holderOf(employee);
      if (holder !== null && holder !== p.userId)
        return { by: 'held-by', userId: holder, employeeId: employee.employeeId };
    }
    if (p.linkedTo !== null) return { by: 'link-to-missing-employee' };
    return { by: emailKey(p) ? 'nobody' : 'no-email' };
  };

  const ofPerson = (p: HumaSide): Match => {
    const found = pairs.get(p.userId);
    const employee = found?.employee;
    const base = {
      userId: p.userId,
      employeeId: employee?.employeeId ?? null,
      matchedBy: found?.by ?? null,
      foreignReference: !!employee && pairing.isForeign(employee, p.userId),
    };
    const state: Evidence = { by: 'state' };
    if (p.state === 'deleted') return { ...base, situation: 'deleted-in-huma', evidence: state };
    if (!p.inScope) return { ...base, situation: 'out-of-scope', evidence: state };
    if (employee?.archived) return { ...base, situation: 'archived', evidence: state };
    if (p.state === 'deactivated') return { ...base, situation: 'locked', evidence: state };
    if (found?.by === 'link') return { ...base, situation: 'linked', evidence: { by: 'link' } };
    if (found) {
      const { by: matchedBy } = found;
      const deletedUserId = pairing.tombstoneOf(found.employee);
      if (deletedUserId === null) return { ...base, situation: 'will-link', evidence: { by: matchedBy } };
      return { ...base, situation: 'hired-again', evidence: { by: 'hired-again', matchedBy, deletedUserId } };
    }
    const several = ambiguous.get(p.userId);
    if (several) return { ...base, situation: 'ambiguous', evidence: several };
    return { ...base, situation: 'only-in-huma', evidence: unpaired(p) };
  };

  const ofEmployee = (e: PowerOfficeSide): Match => {
    const base = {
      userId: null,
      employeeId: e.employeeId,
      matchedBy: null,
      foreignReference: pairing.isForeign(e, null),
    };
    const several = ambiguous.get(e.employeeId);
    if (several) return { ...base, situation: 'ambiguous', evidence: several };
    if (e.archived) return { ...base, situation: 'archived', evidence: { by: 'state' } };
    const holder = pairing.holderOf(e);
    if (holder !== null)
      return {
        ...base,
        situation: 'only-in-poweroffice',
        evidence: { by: 'held-by', userId: holder, employeeId: e.employeeId },
      };
    const [other] = pairedByEmail.get(emailKey(e) ?? '') ?? [];
    const theirs = other && pairs.get(other.userId)?.employee.employeeId;
    const evidence: Evidence =
      other && theirs !== undefined
        ? { by: 'email-of-matched', userId: other.userId, employeeId: theirs }
        : { by: emailKey(e) ? 'nobody' : 'no-email' };
    return { ...base, situation: 'only-in-poweroffice', evidence };
  };

  // A deleted person without an employee has nothing to show.
  const shown = people.filter((p) => isLiving(p) || pairs.has(p.userId));
  return [...shown.map(ofPerson), ...employees.filter((e) => !pairing.isPaired(e)).map(ofEmployee)];
};
