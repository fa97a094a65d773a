import type { CheckedAddress, EmployeeNumber } from '@huma-poweroffice/poweroffice';
import type { Field } from './fields.js';

type AddressReason = Extract<CheckedAddress, { readonly ok: false }>['reason'];
type NumberReason = Extract<EmployeeNumber, { readonly ok: false }>['reason'];

/** Who must act for a problem to go away. */
export type Actor = 'hr' | 'accountant' | 'poweroffice-administrator' | 'us';

/** What a value, a person or a step waits for; `waits` says who ends each wait. */
export type WaitsFor =
  | 'change'
  | 'privilege'
  | 'number-series'
  | 'freed-number'
  | 'freed-email'
  | 'employee-back'
  | 'account-open'
  | 'employees-list'
  | 'poweroffice'
  | 'program';

/** How a wait ends, how the lane then becomes due, and what happens meanwhile (rules 21 and 22). */
export interface Wait {
  /** Who or what ends it, for the operations document. */
  readonly endsWith: string;
  /** The code that makes the waiting lane due when the reason has ended. */
  readonly wokenBy: 'take-in' | 'abilities' | 'series' | 'record' | 'refresh' | 'run' | 'start';
  /** Whether the lane is also looked at again by itself after minutes, hours, then once a day. */
  readonly looksAgain: boolean;
}

/** Every wait, with its waker and its end. */
export const waits: { readonly [W in WaitsFor]: Wait } = {
  change: { endsWith: 'a newer version of the person in Huma', wokenBy: 'take-in', looksAgain: true },
  privilege: {
    endsWith: 'the privilege, which is asked for while something waits for it',
    wokenBy: 'abilities',
    looksAgain: true,
  },
  'number-series': {
    endsWith: 'a number series that holds the number; series are read while something waits for them',
    wokenBy: 'series',
    looksAgain: true,
  },
  'freed-number': {
    endsWith: 'another number for the employee who has this one',
    wokenBy: 'record',
    looksAgain: true,
  },
  'freed-email': {
    endsWith: 'another email for the employee who has this one, or Synchronize users',
    wokenBy: 'refresh',
    looksAgain: true,
  },
  'employee-back': {
    endsWith: 'the employee, restored in PowerOffice Go, as soon as a run, a refresh or a look sees it',
    wokenBy: 'refresh',
    looksAgain: true,
  },
  'account-open': { endsWith: 'the bank account, active again in PowerOffice Go', wokenBy: 'run', looksAgain: true },
  'employees-list': {
    endsWith: 'a list of employees that can be read',
    wokenBy: 'refresh',
    looksAgain: false,
  },
  poweroffice: { endsWith: 'PowerOffice Go, when it answers again', wokenBy: 'record', looksAgain: false },
  program: { endsWith: 'a new version of this program, at its start', wokenBy: 'start', looksAgain: true },
};

/** Why we do not send a value of Huma's. */
export type CannotSend =
  | 'invalid-email'
  | 'invalid-phone'
  | 'invalid-date'
  | 'implausible-date'
  | 'damaged-text'
  | 'empty'
  | 'too-long'
  | 'invalid-account-number'
  | 'invalid-iban'
  | 'invalid-bic'
  | 'missing-bic'
  | 'account-country-not-supported'
  | 'account-type-not-supported'
  | 'invalid-national-id'
  | 'missing-in-huma'
  | `address-${AddressReason}`
  | `number-${NumberReason}`;

/** Why PowerOffice did not take a value, or the whole person. */
export type Rejection =
  | 'not-permitted'
  | 'validation'
  | 'conflict'
  | 'not-found'
  | 'unexpected-status'
  | 'account-closed'
  /** PowerOffice answered success, and shows another value than was sent. */
  | 'not-taken';

/** Why nothing is sent for the whole person. */
export type BlockReason =
  | 'email-exists'
  | 'name-missing'
  | 'employee-gone'
  | 'employee-archived'
  | 'employees-unreadable'
  | 'internal-error'
  | 'poweroffice-unavailable'
  | Rejection;

/** Why a step brought nothing, although nothing is wrong with the person. */
export type HoldUp =
  | 'poweroffice-unavailable'
  | 'answer-not-usable'
  | 'email-in-flight'
  | 'not-found'
  | 'not-permitted'
  | 'validation'
  | 'unexpected-status'
  | 'internal-error'
  | 'employees-unreadable';

/** Every code that a lane can show. */
export type ReasonCode = CannotSend | BlockReason | HoldUp | 'kept-foreign-value';

export interface Reason {
  readonly actor: Actor;
  readonly waitsFor: WaitsFor;
  /** The fields that it may concern; absent: any field, or the whole person. */
  readonly fields?: readonly Field[];
}

const hr = (...fields: Field[]): Reason => ({ actor: 'hr', waitsFor: 'change', ...(fields.length > 0 && { fields }) });
const address = hr('homeAddress');
const account = hr('bankAccount');
const number = hr('employmentId');
const accountant = (waitsFor: WaitsFor, ...fields: Field[]): Reason => ({
  actor: 'accountant',
  waitsFor,
  ...(fields.length > 0 && { fields }),
});
const ours = (waitsFor: WaitsFor): Reason => ({ actor: 'us', waitsFor });

/** Who must act for each reason, and what it waits for. Nothing decides by the text of a code. */
export const reasons: { readonly [C in ReasonCode]: Reason } = {
  'invalid-email': hr('email'),
  'invalid-phone': hr('phone'),
  'invalid-date': hr('birthDate', 'startDate', 'endDate'),
  'implausible-date': hr('birthDate', 'startDate', 'endDate'),
  'damaged-text': hr(),
  empty: hr(),
  'too-long': hr(),
  'invalid-account-number': account,
  'invalid-iban': account,
  'invalid-bic': account,
  'missing-bic': account,
  'account-country-not-supported': account,
  'account-type-not-supported': account,
  'not-taken': accountant('change'),
  'account-closed': accountant('account-open', 'bankAccount'),
  'invalid-national-id': hr('nationalId'),
  'missing-in-huma': hr(),
  'address-incomplete': address,
  'address-too-long': address,
  'address-no-country-code': address,
  'number-empty': number,
  'number-not-a-number': number,
  'number-leading-zeros': number,
  'number-too-big': number,
  'number-outside-series': accountant('number-series', 'employmentId'),
  'number-taken': { actor: 'hr', waitsFor: 'freed-number', fields: ['employmentId'] },
  'email-exists': { actor: 'hr', waitsFor: 'freed-email' },
  'name-missing': hr('givenName', 'familyName'),
  validation: hr(),
  conflict: hr(),
  'employee-gone': accountant('employee-back'),
  'employee-archived': accountant('employee-back'),
  'not-found': accountant('employee-back'),
  'kept-foreign-value': accountant('change'),
  'not-permitted': { actor: 'poweroffice-administrator', waitsFor: 'privilege' },
  'employees-unreadable': ours('employees-list'),
  'poweroffice-unavailable': ours('poweroffice'),
  'answer-not-usable': ours('poweroffice'),
  'email-in-flight': ours('poweroffice'),
  'unexpected-status': ours('change'),
  'internal-error': ours('program'),
};

/** What a refusal by PowerOffice waits for: a number that it refuses may be another employee's. */
export const waitOf = (reason: ReasonCode, field: Field | null): WaitsFor =>
  field === 'employmentId' && (reason === 'validation' || reason === 'conflict')
    ? 'freed-number'
    : reasons[reason].waitsFor;
