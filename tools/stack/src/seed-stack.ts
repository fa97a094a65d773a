import { handOverCredentials, seedDemo, type DemoOrganization } from '@huma-poweroffice/seed';
import type { Stack } from './stack.js';

/** Puts the demo organisation where it is not yet, and lets connector-config ask Huma about it. */
export const seedStack = async (stack: Pick<Stack, 'url' | 'addresses'>): Promise<DemoOrganization> => {
  const huma = stack.url('huma-simulator');
  const { organization } = await seedDemo({ huma, powerOffice: stack.url('poweroffice-simulator') });
  const { serviceClientSecret } = stack.addresses.secrets;
  const connectorConfig = stack.url('connector-config');
  await handOverCredentials({ huma, connectorConfig, serviceClientSecret }, organization);
  return organization;
};
