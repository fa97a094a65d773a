import { supportedFields } from '@huma-poweroffice/contracts';
import { abilitiesOf, readsEmployees, sameAbilities } from './abilities.js';

const everything = abilitiesOf({
  validPrivileges: ['Employee_Full', 'EmployeeBankAccounts_Full', 'ContactBankAccount_Full'],
  invalidPrivileges: [],
});
const nothing = abilitiesOf({ validPrivileges: [], invalidPrivileges: ['Employee_Full'] });

describe('abilities', () => {
  it('speak of every supported field once, by Huma’s name', () => {
    expect(everything.map(({ field }) => field).sort()).toEqual([...supportedFields].sort());
  });

  it('say what to ask of whom', () => {
    expect(nothing.find(({ field }) => field === 'phone')).toMatchObject({
      write: 'no',
      compare: 'no',
      reason: 'module-missing',
      ask: [{ of: 'customer', privileges: ['Employee_Full'] }],
    });
  });

  it('tell whether employees can be read', () => {
    expect([everything, nothing, []].map(readsEmployees)).toEqual([true, false, false]);
  });

  it('are the same in any order, and not when one differs', () => {
    expect(sameAbilities(everything, [...everything].reverse())).toBe(true);
    expect(sameAbilities(everything, nothing)).toBe(false);
    expect(sameAbilities(everything, everything.slice(1))).toBe(false);
    const reads = abilitiesOf({ validPrivileges: ['Employee'], invalidPrivileges: [] });
    expect(
      sameAbilities(reads, abilitiesOf({ validPrivileges: ['Employee'], invalidPrivileges: ['Employee_Full'] })),
    ).toBe(false);
  });
});
