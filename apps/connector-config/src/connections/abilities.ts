import type { FieldAbility as PublishedAbility, SupportedField } from '@huma-poweroffice/contracts';
import { fieldAbilities, type Ask, type ClientIntegrationInformation } from '@huma-poweroffice/poweroffice';

/** What may be done with a field, and what to ask of whom where it may not. */
export interface FieldAbility extends PublishedAbility {
  ask?: readonly Ask[];
}

type PowerOfficeField = ReturnType<typeof fieldAbilities>[number]['field'];

/** PowerOffice's fields by Huma's names. */
const fieldNames: Readonly<Record<PowerOfficeField, SupportedField>> = {
  emailAddress: 'email',
  firstName: 'givenName',
  lastName: 'familyName',
  phoneNumber: 'phone',
  dateOfBirth: 'birthDate',
  number: 'employmentId',
  salaryBankAccount: 'bankAccount',
  gender: 'gender',
  mailAddress: 'homeAddress',
  nationalIdNumber: 'nationalId',
  startDate: 'startDate',
  endDate: 'endDate',
  jobTitle: 'jobTitle',
};

/** The table "field by privilege" of a PowerOffice client, by Huma's names. */
export const abilitiesOf = (
  information: Pick<ClientIntegrationInformation, 'validPrivileges' | 'invalidPrivileges'>,
): FieldAbility[] => fieldAbilities(information).map(({ field, ...rest }) => ({ field: fieldNames[field], ...rest }));

/** Whether the client's employees can be read at all: without that, nothing of the connection works. */
export const readsEmployees = (abilities: readonly FieldAbility[]): boolean =>
  abilities.some(({ field, compare }) => field === 'email' && compare !== 'no');

const text = ({ field, write, compare, reason, ask }: FieldAbility): string =>
  JSON.stringify([field, write, compare, reason ?? null, ask?.map((a) => [a.of, a.privileges]) ?? []]);

/** Whether both say the same of every field, in whatever order. */
export const sameAbilities = (some: readonly FieldAbility[], others: readonly FieldAbility[]): boolean =>
  some.length === others.length && some.map(text).sort().join() === others.map(text).sort().join();
