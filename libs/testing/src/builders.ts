import { randomUUID } from 'node:crypto';
import type { HumaUserMessage, UserChanged } from '@huma-poweroffice/contracts';
import { bankAccountOf, nationalIdOf } from '@huma-poweroffice/seed';

let people = 0;

/**
 * A person with every field filled in and every value valid, each different from the one before (email, phone, bank
 * account, employment ID, national identity number); what matters to a test is said in `overrides`.
 */
export const aHumaUser = (overrides: Partial<HumaUserMessage> = {}): HumaUserMessage => {
  const number = ++people;
  const gender = number % 2 === 0 ? 'Male' : 'Female';
  const birthDate = `${String(1960 + (number % 40))}-${String((number % 12) + 1).padStart(2, '0')}-${String((number % 28) + 1).padStart(2, '0')}`;
  return {
    givenName: gender === 'Male' ? 'Ola' : 'Kari',
    familyName: `Nordmann ${String(number)}`,
    email: `person${String(number)}@example.com`,
    phone: `+479${String(number).padStart(7, '0')}`,
    birthDate,
    gender,
    homeAddress: { line1: `Storgata ${String(number)}`, postalCode: '0155', city: 'Oslo', country: 'NO' },
    bankAccount: { type: 'national', country: 'NO', number: bankAccountOf(number) },
    employmentId: String(10_000 + number),
    identifications: [
      { id: randomUUID(), type: 'national', country: 'NO', value: nationalIdOf(birthDate, gender, number) },
    ],
    companies: [],
    locations: [],
    teams: [],
    active: true,
    ...overrides,
  };
};

/** The value of a message in `huma.users.v1`: somebody new, in an organisation of their own, unless `overrides` say whom. */
export const aUserChanged = (overrides: Partial<UserChanged> = {}): UserChanged => ({
  organizationId: randomUUID(),
  userId: randomUUID(),
  version: 1,
  occurredAt: '2026-11-23T09:30:00.123Z',
  origin: { kind: 'user', name: null, correlationId: null },
  user: aHumaUser(),
  ...overrides,
});
