import { demoOrganization, type DemoOrganization } from './demo-organization.js';

/** Addresses of the two simulators. */
export interface Simulators {
  readonly huma: string;
  readonly powerOffice: string;
}

const call = async (method: string, url: string, body?: unknown): Promise<unknown> => {
  const init =
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${String(response.status)}: ${text.slice(0, 300)}`);
  return text === '' ? undefined : JSON.parse(text);
};

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
  const known = (await call('GET', `${huma}/organizations/${id}/users`)) as unknown[];
  if (known.length > 0) return { organization, seeded: false };
  const { id: pogoId, ...client } = powerOfficeClient;
  await call('PUT', `${powerOffice}/clients/${pogoId}`, client);
  await call('POST', `${powerOffice}/clients/${pogoId}/employees`, employees);
  await call('PUT', `${huma}/organizations/${id}`, { name, clientId, clientSecret });
  for (const group of groups) await call('PUT', `${huma}/groups/${group.id}`, { ...group, organizationId: id });
  await call('PUT', `${huma}/accounts/${administrator.sub}`, { ...administrator, organizationId: id });
  // The users come last: their presence says that everything before has been done.
  await call('POST', `${huma}/organizations/${id}/users`, users);
  await call('POST', `${huma}/flush`);
  return { organization, seeded: true };
};
