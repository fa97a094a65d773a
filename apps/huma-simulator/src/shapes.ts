import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import type { Domain } from './domain.js';
import type { Group, User } from './model.js';

/** A value in its wrapper; where there is none, the wrapper is without one. */
const wrapped = (value: unknown): object => ({
  ...(value === undefined || value === null ? {} : { value }),
  editable: true,
  completeness: 'details',
  integrations: {},
});

/** A group as the API names it. */
export const groupShape = ({ id, name, type }: Group): object => ({ id, name, type });

const groupsOf = (domain: Domain, ids: readonly string[]): object[] =>
  ids.flatMap((id) => {
    const group = domain.groups.get(id);
    return group ? [groupShape(group)] : [];
  });

const withoutNulls = (from: object): object =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== null && value !== undefined));

/** A user by id: most values are wrapped. */
export const details = (user: User, domain: Domain): object => {
  const p = user.profile as HumaUserMessage;
  return {
    id: user.id,
    type: 'user',
    givenName: wrapped(p.givenName),
    familyName: wrapped(p.familyName),
    email: { value: p.email, editable: true, integrations: {} },
    phone: wrapped(p.phone),
    birthDate: { ...wrapped(p.birthDate), showBirthday: true },
    gender: wrapped(p.gender),
    homeAddress: wrapped(p.homeAddress && withoutNulls(p.homeAddress)),
    bankAccount: wrapped(p.bankAccount && withoutNulls(p.bankAccount)),
    employmentId: wrapped(p.employmentId),
    identifications: wrapped(p.identifications ?? []),
    companies: wrapped(groupsOf(domain, p.companies)),
    locations: wrapped(groupsOf(domain, p.locations)),
    teams: wrapped(groupsOf(domain, p.teams)),
    subordinatesCount: 0,
    status: { active: p.active },
    connectedIntegrations: {},
  };
};

/** A user in a list: nothing is wrapped, and nothing private is shown. */
export const summary = (user: User, domain: Domain): object => {
  const p = user.profile as HumaUserMessage;
  return {
    id: user.id,
    type: 'user',
    givenName: p.givenName,
    familyName: p.familyName,
    email: p.email,
    ...(p.phone ? { phone: p.phone } : {}),
    jobTitles: [],
    companies: groupsOf(domain, p.companies),
    locations: groupsOf(domain, p.locations),
    teams: groupsOf(domain, p.teams),
    status: { active: p.active },
  };
};
