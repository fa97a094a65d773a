import { demoOrganization, type DemoOrganization } from './demo-organization.js';
import { call } from './http.js';

/** Addresses of the two simulators. */
export interface Simulators {
  readonly huma: string;
  readonly powerOffice: string;
}

/**
 * Puts the demo organisation into both simulators, unless it is there already.
 * @returns the organisation, and whether it was put there now
 */
export const seedDemo = async (
  simulators: Simulators,
): Promise<{ organization: DemoOrganization; seeded: boolean }> => {
  const organization = demoOrganization();
  const { id, name, clientId, clientSecret, groups, administrator, users, powerOfficeClient, employees } = organization;
  const huma = `${simulators.huma}/control`;
  const powerOffice = `${simulators.powerOffice}/control`;
  const known = await call<unknown[]>('GET', `${huma}/organizations/${id}/users`);
  if (known.length > 0) return { organization, seeded: false };
  const { id: powerOfficeId, ...client } = powerOfficeClient;
  await call('PUT', `${powerOffice}/clients/${powerOfficeId}`, { body: client });
  await call('POST', `${powerOffice}/clients/${powerOfficeId}/employees`, { body: employees });
  await call('PUT', `${huma}/organizations/${id}`, { body: { name, clientId, clientSecret } });
  for (const group of groups)
    await call('PUT', `${huma}/groups/${group.id}`, { body: { ...group, organizationId: id } });
  await call('PUT', `${huma}/accounts/${administrator.sub}`, { body: { ...administrator, organizationId: id } });
  // The users come last: their presence says that everything before has been done.
  await call('POST', `${huma}/organizations/${id}/users`, { body: users });
  await call('POST', `${huma}/flush`);
  return { organization, seeded: true };
};
