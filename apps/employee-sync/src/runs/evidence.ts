import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { Match } from '@huma-poweroffice/sync-rules';

/** Why somebody is in a situation: a stable code, and what the sentence needs. Kept with the run, said on display. */
export interface Evidence {
  readonly code: EvidenceCode;
  readonly employeeId?: Int64;
  /** Of `email-of-several`: how many there are, and the first of them. */
  readonly people?: number;
  readonly employees?: number;
  readonly userIds?: readonly string[];
  readonly employeeIds?: readonly Int64[];
  readonly foreignReference?: true;
  /** Of `held-by` and `email-of-matched`: the person in Huma. */
  readonly userId?: string;
  /** Of `hired-again`: who was deleted in Huma, and how the living person was found. */
  readonly deletedUserId?: string;
  readonly matchedBy?: 'reference' | 'email';
  /** Whether PowerOffice shows something else of the employee than when its user was deleted in Huma. */
  readonly sinceDeletion?: SinceDeletion;
}

export type SinceDeletion = 'changed' | 'unchanged' | 'unknown';

export type EvidenceCode =
  | 'earlier-link'
  | 'our-reference'
  | 'same-email'
  | 'email-of-several'
  | 'hired-again'
  | 'held-by'
  | 'email-of-matched'
  | 'email-not-found'
  | 'no-email'
  | 'linked-employee-missing'
  | 'employee-unreadable'
  | 'deactivated'
  | 'deleted'
  | 'not-covered'
  | 'archived';

/** Hundreds may share an address: the first ones are enough to look at. */
const MOST_NAMED = 10;

const codeOf = ({ situation, evidence, userId }: Match, unreadable: boolean): EvidenceCode => {
  if (unreadable && userId === null) return 'employee-unreadable';
  switch (situation) {
    case 'deleted-in-huma':
      return 'deleted';
    case 'out-of-scope':
      return 'not-covered';
    case 'archived':
      return 'archived';
    case 'locked':
      return 'deactivated';
  }
  switch (evidence.by) {
    case 'link':
      return 'earlier-link';
    case 'reference':
      return 'our-reference';
    case 'email':
      return 'same-email';
    case 'email-of-several':
      return 'email-of-several';
    case 'hired-again':
    case 'held-by':
    case 'email-of-matched':
      return evidence.by;
    case 'link-to-missing-employee':
      return 'linked-employee-missing';
    case 'no-email':
      return 'no-email';
    default:
      return 'email-not-found';
  }
};

/**
 * @param unreadable the employee's entry could not be read: nothing but the id is known
 * @param sinceDeletion of an employee whose user was deleted in Huma
 */
export const evidenceOf = (match: Match, unreadable = false, sinceDeletion?: SinceDeletion): Evidence => {
  const { evidence, employeeId, foreignReference } = match;
  return {
    code: codeOf(match, unreadable),
    ...(employeeId !== null && { employeeId }),
    ...(foreignReference && { foreignReference }),
    ...namedBy(evidence),
    ...(sinceDeletion && { sinceDeletion }),
    ...(evidence.by === 'email-of-several' && {
      people: evidence.userIds.length,
      employees: evidence.employeeIds.length,
      userIds: evidence.userIds.slice(0, MOST_NAMED),
      employeeIds: evidence.employeeIds.slice(0, MOST_NAMED),
    }),
  };
};

const namedBy = (evidence: Match['evidence']): Partial<Evidence> => {
  switch (evidence.by) {
    case 'hired-again':
      return { deletedUserId: evidence.deletedUserId, matchedBy: evidence.matchedBy };
    case 'held-by':
    case 'email-of-matched':
      return { userId: evidence.userId, employeeId: evidence.employeeId };
    default:
      return {};
  }
};

const counted = (n: number, one: string, several: string): string => `${String(n)} ${n === 1 ? one : several}`;

const said = (evidence: Evidence, inHuma: boolean): string => {
  const employee = evidence.employeeId === undefined ? null : `employee ${evidence.employeeId} in PowerOffice Go`;
  switch (evidence.code) {
    case 'earlier-link':
      return `Linked to ${employee ?? 'an employee'} earlier, which holds whatever the email address is now`;
    case 'our-reference':
      return `The ${employee ?? 'employee'} carries the id of this person in Huma`;
    case 'same-email':
      return `The email address is the same as that of ${employee ?? 'an employee'}, and nobody else has it`;
    case 'email-of-several': {
      const people = counted(evidence.people ?? 0, 'person in Huma', 'people in Huma');
      const employees = counted(evidence.employees ?? 0, 'employee', 'employees');
      return `The email address is that of ${people} and of ${employees} in PowerOffice Go, so it does not tell who is who`;
    }
    case 'hired-again':
      return `${evidence.matchedBy === 'reference' ? 'The reference' : 'The email address'} of ${employee ?? 'the employee'} is this person’s, while the employee belonged to a user who was deleted in Huma${since(evidence)}`;
    case 'held-by':
      return inHuma
        ? `The ${employee ?? 'employee'} belongs to another person in Huma`
        : 'The reference is the id of a person in Huma who is linked to another employee';
    case 'email-of-matched':
      return `The person in Huma with this email address belongs to ${employee ?? 'another employee'}`;
    case 'email-not-found':
      return inHuma
        ? 'Nobody in PowerOffice Go has this email address or the id of this person'
        : 'Nobody whom the connection covers in Huma has this email address or is named by the reference';
    case 'no-email':
      return `There is no email address in ${inHuma ? 'Huma' : 'PowerOffice Go'} to find the person by`;
    case 'linked-employee-missing':
      return 'The employee whom this person was linked to does not exist in PowerOffice Go any more';
    case 'employee-unreadable':
      return 'What PowerOffice Go answered about this employee could not be read';
    case 'deactivated':
      return employee
        ? `Deactivated in Huma, so ${employee} is locked for updates`
        : 'Deactivated in Huma, so nothing is sent';
    case 'deleted':
      return `Deleted in Huma, while ${employee ?? 'the employee'} still exists${since(evidence)}`;
    case 'not-covered':
      return `Not in the group of this connection${employee ? `, although ${employee} belongs to this person` : ''}`;
    case 'archived':
      return `Archived in PowerOffice Go, so restore ${employee ?? 'the employee'} there first`;
  }
};

const since = ({ sinceDeletion }: Evidence): string => {
  switch (sinceDeletion) {
    case 'changed':
      return ', and was changed in PowerOffice Go since then';
    case 'unchanged':
      return ', and was not changed in PowerOffice Go since then';
    default:
      return '';
  }
};

/** One sentence for an administrator. */
export const evidenceText = (evidence: Evidence, inHuma: boolean): string => {
  const foreign = evidence.foreignReference ? '; it carries the reference of another system, which stays as it is' : '';
  return `${said(evidence, inHuma)}${foreign}.`;
};
