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

/** Where Huma's internal services hand over an organisation's credentials, and by which client credentials. */
export interface Handover {
  readonly huma: string;
  readonly connectorConfig: string;
  readonly serviceClientSecret: string;
}

/**
 * Gives connector-config the credentials of the organisation's Open API, as Huma's own services do when an organisation
 * begins with the integration: without them no group is known by name. Safe to repeat.
 */
export const handOverCredentials = async (
  { huma, connectorConfig, serviceClientSecret }: Handover,
  { id, clientId, clientSecret }: Pick<DemoOrganization, 'id' | 'clientId' | 'clientSecret'>,
): Promise<void> => {
  const basic = Buffer.from(`huma-internal:${serviceClientSecret}`).toString('base64');
  const answer = await fetch(`${huma}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'poweroffice.internal' }),
  });
  if (!answer.ok) throw new Error(`The identity provider answered ${String(answer.status)} to Huma's own services.`);
  const { access_token } = (await answer.json()) as { access_token: string };
  await call('PUT', `${connectorConfig}/internal/v1/organizations/${id}/huma-credentials`, {
    headers: { authorization: `Bearer ${access_token}` },
    body: { clientId, clientSecret },
  });
};
