import fc from 'fast-check';
import { employeeFields, fieldAbilities, type EmployeeField, type FieldAbility } from './field-abilities.js';

const abilities = (validPrivileges: string[], invalidPrivileges: string[] = []) =>
  new Map(fieldAbilities({ validPrivileges, invalidPrivileges }).map((ability) => [ability.field, ability]));
const of = (field: EmployeeField, valid: string[], invalid: string[] = []) => abilities(valid, invalid).get(field);

const all = ['Employee_Full', 'EmployeeBankAccounts_Full', 'ContactBankAccount_Full', 'CommonServices'];

describe('fieldAbilities', () => {
  it('allows everything under all privileges, but cannot know what is hidden', () => {
    const table = fieldAbilities({ validPrivileges: all, invalidPrivileges: [] });
    expect(table.map(({ field }) => field)).toEqual([...employeeFields]);
    expect(table.every(({ write }) => write === 'yes')).toBe(true);
    expect(table.filter(({ compare }) => compare !== 'yes')).toEqual([
      { field: 'gender', write: 'yes', compare: 'unknown', reason: 'special-privilege-not-listed' },
      { field: 'nationalIdNumber', write: 'yes', compare: 'unknown', reason: 'special-privilege-not-listed' },
    ]);
  });

  it.each<[string, EmployeeField, string[], string[], Partial<FieldAbility>]>([
    [
      'only reading',
      'emailAddress',
      ['Employee'],
      [],
      {
        write: 'no',
        compare: 'yes',
        reason: 'privilege-missing',
        ask: [{ of: 'poweroffice', privileges: ['Employee_Full'] }],
      },
    ],
    [
      'nothing granted',
      'emailAddress',
      [],
      [],
      {
        write: 'no',
        compare: 'no',
        reason: 'privilege-missing',
        ask: [{ of: 'poweroffice', privileges: ['Employee_Full'] }],
      },
    ],
    [
      'the client lacks the module',
      'emailAddress',
      [],
      ['Employee_Full'],
      {
        write: 'no',
        compare: 'no',
        reason: 'module-missing',
        ask: [{ of: 'customer', privileges: ['Employee_Full'] }],
      },
    ],
    ['letter case does not count', 'emailAddress', ['employee_full'], [], { write: 'yes', compare: 'yes' }],
    [
      'gender, only reading',
      'gender',
      ['Employee'],
      [],
      {
        write: 'no',
        compare: 'unknown',
        reason: 'privilege-missing',
        ask: [{ of: 'poweroffice', privileges: ['Employee_Full'] }],
      },
    ],
    [
      'the account needs its special privilege',
      'salaryBankAccount',
      ['Employee_Full'],
      [],
      {
        write: 'no',
        compare: 'yes',
        reason: 'privilege-missing',
        ask: [{ of: 'poweroffice', privileges: ['EmployeeBankAccounts_Full'] }],
      },
    ],
    [
      'the account is compared by two reads',
      'salaryBankAccount',
      ['ContactBankAccount_Full', 'EmployeeBankAccounts_Full'],
      [],
      {
        write: 'yes',
        compare: 'no',
        reason: 'privilege-missing',
        ask: [{ of: 'poweroffice', privileges: ['Employee', 'Employee_Full'] }],
      },
    ],
  ])('%s: %s', (_, field, valid, invalid, expected) => {
    expect(of(field, valid, invalid)).toEqual({ field, ...expected });
  });

  it('asks for something exactly where something is missing', () => {
    const names = [
      'Employee',
      'Employee_Full',
      'EmployeeBankAccounts_Full',
      'ContactBankAccount',
      'ContactBankAccount_Full',
    ];
    fc.assert(
      fc.property(fc.subarray(names), fc.subarray(names), (valid, invalid) => {
        for (const { write, compare, ask, reason } of fieldAbilities({
          validPrivileges: valid,
          invalidPrivileges: invalid,
        })) {
          expect(ask !== undefined).toBe(write === 'no' || compare === 'no');
          expect(reason !== undefined).toBe(write === 'no' || compare !== 'yes');
        }
      }),
    );
  });

  it('allows everything once all that it asks for is granted', () => {
    const names = [
      'Employee',
      'Employee_Full',
      'EmployeeBankAccounts_Full',
      'ContactBankAccount',
      'ContactBankAccount_Full',
    ];
    fc.assert(
      fc.property(fc.subarray(names), (valid) => {
        const asked = fieldAbilities({ validPrivileges: valid, invalidPrivileges: [] }).flatMap(({ ask }) =>
          (ask ?? []).map(({ privileges }) => privileges[0] ?? ''),
        );
        const then = fieldAbilities({ validPrivileges: [...valid, ...asked], invalidPrivileges: [] });
        expect(then.every(({ write, compare }) => write === 'yes' && compare !== 'no')).toBe(true);
      }),
    );
  });
});
