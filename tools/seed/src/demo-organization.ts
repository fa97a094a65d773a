import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import { bankAccountOf, nationalIdOf } from './norwegian-numbers.js';

/** What is put into both simulators so that there is something to look at; always the same. */
export interface DemoOrganization {
  readonly id: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly groups: readonly { id: string; type: 'company' | 'location' | 'team'; name: string }[];
  readonly administrator: { sub: string; name: string; email: string; locale: 'en' | 'nb'; permissions: string[] };
  readonly users: readonly { id: string; profile: HumaUserMessage }[];
  readonly powerOfficeClient: { id: string; name: string; clientKey: string };
  /** Bodies of employees, with `BankAccountNumber` for the salary account. */
  readonly employees: readonly Record<string, unknown>[];
}

const given = ['Kari', 'Ola', 'Ingrid', 'Lars', 'Nora', 'Emil', 'Sofie', 'Jakob', 'Maja', 'Henrik', 'Silje', 'Magnus'];
const family = ['Nordmann', 'Hansen', 'Johansen', 'Olsen', 'Larsen', 'Andersen', 'Pedersen', 'Nilsen', 'Berg', 'Dahl'];
const streets = ['Storgata', 'Kirkegata', 'Parkveien', 'Bakkegata', 'Strandgata'];

const uuid = (kind: number, n: number): string =>
  `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
const company = uuid(2, 1);

const userOf = (n: number): { id: string; profile: HumaUserMessage } => {
  const gender = n % 2 === 0 ? 'Female' : 'Male';
  const birthDate = `${String(1960 + (n % 40))}-${String((n % 12) + 1).padStart(2, '0')}-${String((n % 28) + 1).padStart(2, '0')}`;
  const [givenName, familyName] = [pick(given, n), pick(family, Math.floor(n / 12) + n)];
  return {
    id: uuid(3, n),
    profile: {
      givenName,
      familyName,
      email: `${givenName}.${familyName}.${String(n)}@fjord.example`.toLowerCase(),
      phone: `+479${String(1_000_000 + n * 7919).slice(0, 7)}`,
      birthDate,
      gender,
      homeAddress: {
        line1: `${pick(streets, n)} ${String(n + 1)}`,
        ...(n % 5 === 0 ? { line2: 'H0201', line3: 'c/o Berg' } : {}),
        postalCode: String(150 + n).padStart(4, '0'),
        city: 'Oslo',
        country: 'NO',
      },
      bankAccount: { type: 'national', country: 'NO', number: bankAccountOf(n) },
      employmentId: String(10_000 + n),
      identifications: [{ id: uuid(6, n), type: 'national', country: 'NO', value: nationalIdOf(birthDate, gender, n) }],
      companies: [company],
      locations: [],
      teams: n % 3 === 0 ? [uuid(2, 3)] : [],
      active: n !== 41,
    },
  };
};

/** The same person as a clerk typed them: right, but spelt as clerks do. */
const employeeOf = ({ profile: p }: { profile: HumaUserMessage }, n: number): Record<string, unknown> => ({
  FirstName: p.givenName,
  LastName: p.familyName,
  EmailAddress: n % 7 === 0 ? p.email.toUpperCase() : p.email,
  PhoneNumber: n % 4 === 0 ? (p.phone ?? '').replace('+47', '').replace(/(\d{3})(\d{2})(\d{3})/, '$1 $2 $3') : p.phone,
  DateOfBirth: p.birthDate,
  Gender: p.gender,
  Number: Number(p.employmentId),
  NationalIdNumber: p.identifications?.[0]?.value,
  MailAddress: {
    AddressLine1: [p.homeAddress?.line1, p.homeAddress?.line2].filter(Boolean).join(', '),
    AddressLine2: p.homeAddress?.line3 ?? null,
    ZipCode: p.homeAddress?.postalCode,
    City: p.homeAddress?.city?.toUpperCase(),
  },
  BankAccountNumber: (p.bankAccount?.number ?? '').replace(/(\d{4})(\d{2})(\d{5})/, '$1 $2 $3'),
});

/** What is wrong or missing between both sides, by the number of the person. */
const inconsistencies: Record<number, Record<string, unknown>> = {
  3: { PhoneNumber: '22 00 00 00' },
  6: { LastName: 'Nordman' },
  9: { BankAccountNumber: bankAccountOf(900) },
  12: { PhoneNumber: null },
  15: { MailAddress: null },
  18: { Gender: null },
  21: { DateOfBirth: '1900-01-01' },
  24: { EmailAddress: 'kari@private.example' },
  27: { MailAddress: { AddressLine1: 'Gamleveien 2', ZipCode: '5003', City: 'Bergen' } },
  30: { NationalIdNumber: null, BankAccountNumber: undefined },
};

/**
 * Sixty people of Huma and those whom PowerOffice Go has of them: 50 with the same email, some of them with other
 * values; six only in Huma, four only in PowerOffice, one email twice.
 */
export const demoOrganization = (): DemoOrganization => {
  const users = Array.from({ length: 60 }, (_, n) => userOf(n));
  const known = users.slice(0, 54).map((user, n) => ({ ...employeeOf(user, n), ...inconsistencies[n] }));
  const onlyThere = Array.from({ length: 4 }, (_, n) => ({
    FirstName: pick(given, n + 5),
    LastName: 'Vikar',
    EmailAddress: `vikar.${String(n)}@fjord.example`,
    Number: 20_000 + n,
  }));
  const twice = { FirstName: 'Kari', LastName: 'Dobbel', EmailAddress: users[33]?.profile.email, Number: 20_010 };
  return {
    id: uuid(1, 1),
    name: 'Fjord AS',
    clientId: uuid(4, 1),
    clientSecret: uuid(4, 2),
    groups: [
      { id: company, type: 'company', name: 'Fjord AS' },
      { id: uuid(2, 2), type: 'location', name: 'Oslo' },
      { id: uuid(2, 3), type: 'team', name: 'Payroll' },
    ],
    administrator: {
      sub: 'administrator',
      name: 'Anne Administrator',
      email: 'anne@fjord.example',
      locale: 'nb',
      permissions: ['organization:full'],
    },
    users,
    powerOfficeClient: { id: uuid(5, 1), name: 'Fjord AS (regnskap)', clientKey: uuid(5, 2) },
    employees: [...known, ...onlyThere, twice],
  };
};
