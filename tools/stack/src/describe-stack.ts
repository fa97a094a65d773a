import type { DemoOrganization } from '@huma-poweroffice/seed';
import type { Stack } from './stack.js';

type Row = readonly [name: string, value: string];

const table = (title: string, rows: readonly Row[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n');
};

const withoutPassword = (url: string): string => url.replace(/:[^:@/]+@/, ':***@');

type Described = Pick<Stack, 'url' | 'addresses' | 'folder'>;

const whatRuns = ({ url, addresses, folder }: Described): Row[] => [
  ['connector-config', `${url('connector-config')}/docs (Swagger UI), gRPC 127.0.0.1:${String(addresses.ports.grpc)}`],
  ['employee-sync', `${url('employee-sync')}/docs (Swagger UI)`],
  ['PowerOffice Go (simulated)', `${url('poweroffice-simulator')}/v2, and /control`],
  ['Huma (simulated)', `${url('huma-simulator')}, and /control`],
  ['Sign-in (OpenID Connect)', `${url('huma-simulator')}/oidc`],
  ['Kafka', addresses.brokers],
  ['PostgreSQL', withoutPassword(addresses.database('employee-sync'))],
  ['Logs', `${folder}/logs`],
];

/** Commands that can be pasted one after the other, and what each shows. */
const whatToTry = ({ url }: Described, organization: DemoOrganization): Row[] => {
  const [huma, powerOffice] = [url('huma-simulator'), url('poweroffice-simulator')];
  const json = "-H 'content-type: application/json'";
  const kari = organization.users[0]?.id ?? '';
  return [
    [
      'a token',
      `TOKEN=$(curl -s -X POST ${huma}/control/accounts/${organization.administrator.sub}/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    ],
    [
      'the client key',
      `curl -H "authorization: Bearer $TOKEN" ${json} -d '{"clientKey":"${organization.powerOfficeClient.clientKey}"}' ${url('connector-config')}/v1/connections/try-key`,
    ],
    [
      'an edit in Huma',
      `curl -X PATCH ${json} -d '{"phone":"+47 911 22 333"}' ${huma}/control/organizations/${organization.id}/users/${kari}`,
    ],
    ['PowerOffice', `curl ${powerOffice}/control/clients/${organization.powerOfficeClient.id}/employees`],
    ['its requests', `curl ${powerOffice}/control/requests`],
    ['the main job, played', 'npm run demo'],
  ];
};

/** What runs, where, how to sign in, and what to try next. */
export const describeStack = (stack: Described, organization: DemoOrganization): string => {
  const { administrator, name, powerOfficeClient } = organization;
  const signIn: Row[] = [
    [
      'In Swagger UI',
      `Authorize, oauth2; then choose ${administrator.name} (${administrator.email}); there is no password`,
    ],
    ['As', `an administrator of ${name}, organisation ${organization.id}`],
    ['PowerOffice client key', `${powerOfficeClient.clientKey} (${powerOfficeClient.name})`],
  ];
  return [
    table('What runs', whatRuns(stack)),
    table('How to sign in', signIn),
    table('What to try next', whatToTry(stack, organization)),
  ].join('\n\n');
};
