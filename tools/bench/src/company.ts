import { randomUUID } from 'node:crypto';
import type { HumaUserMessage, UserChanged } from '@huma-poweroffice/contracts';
import { bankAccountOf, nationalIdOf, employeeOf } from '@huma-poweroffice/seed';

export interface Person {
  readonly id: string;
  readonly profile: HumaUserMessage;
}

/** An organisation in Huma, and its client in PowerOffice, where everybody exists and carries our reference. */
export interface Company {
  readonly organizationId: string;
  readonly administrator: string;
  readonly clientId: string;
  readonly clientKey: string;
  readonly people: readonly Person[];
}

const personOf = (n: number): Person => {
  const gender = n % 2 === 0 ? 'Female' : 'Male';
  const birthDate = `${String(1950 + (n % 50))}-${String((n % 12) + 1).padStart(2, '0')}-${String((n % 28) + 1).padStart(2, '0')}`;
  return {
    id: randomUUID(),
    profile: {
      givenName: gender === 'Male' ? 'Ola' : 'Kari',
      familyName: `Nordmann ${String(n)}`,
      email: `person${String(n)}@example.com`,
      phone: `+479${String(n).padStart(7, '0')}`,
      birthDate,
      gender,
      homeAddress: { line1: `Storgata ${String(n)}`, postalCode: '0155', city: 'Oslo', country: 'NO' },
      bankAccount: { type: 'national', country: 'NO', number: bankAccountOf(n) },
      employmentId: String(10_000 + n),
      identifications: [{ id: '1', type: 'national', country: 'NO', value: nationalIdOf(birthDate, gender, n % 150) }],
      companies: [],
      locations: [],
      teams: [],
      active: true,
    },
  };
};

export const companyOf = (size: number): Company => ({
  organizationId: randomUUID(),
  administrator: randomUUID(),
  clientId: randomUUID(),
  clientKey: randomUUID(),
  people: Array.from({ length: size }, (_, n) => personOf(n)),
});

/** The same person in PowerOffice, and linked already. */
export const linkedEmployeeOf = ({ id, profile }: Person): Record<string, unknown> => ({
  ...employeeOf(profile),
  ExternalImportReference: id,
});

/** What Huma publishes when somebody's given name is edited. */
export const edited = (company: Company, person: Person, version: number, givenName: string): UserChanged => ({
  organizationId: company.organizationId,
  userId: person.id,
  version,
  occurredAt: new Date().toISOString(),
  origin: { kind: 'user', name: null, correlationId: null },
  user: { ...person.profile, givenName },
});
