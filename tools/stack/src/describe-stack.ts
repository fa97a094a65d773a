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

const jsonField = (expression: string): string =>
  `node -p 'const answer = JSON.parse(fs.readFileSync(0)); ${expression}'`;

/** Commands for a shell, each under a comment that says what it shows. They can be pasted one by one, or all at once. */
export const whatToTry = ({ url }: Pick<Described, 'url'>, organization: DemoOrganization): string => {
  const [huma, powerOffice] = [url('huma-simulator'), url('poweroffice-simulator')];
  const [connections, runs] = [`${url('connector-config')}/v1/connections`, `${url('employee-sync')}/v1/runs`];
  const { administrator, powerOfficeClient } = organization;
  const json = "-H 'content-type: application/json'";
  const signedIn = '-H "authorization: Bearer $TOKEN"';
  const connection = {
    name: 'Fjord AS',
    group: null,
    clientKey: powerOfficeClient.clientKey,
    authorityConfirmed: true,
    settings: { createUsers: true, sendPositions: false, mail: { recipients: [], language: 'en' } },
  };
  const kari = organization.users[0]?.id ?? '';
  const steps: readonly Row[] = [
    [
      'Get an access token of the administrator.',
      `TOKEN=$(curl -s -X POST ${huma}/control/accounts/${administrator.sub}/token | ${jsonField('answer.access_token')})`,
    ],
    [
      'Ask whose client key it is, and which fields it may write.',
      `curl -s ${signedIn} ${json} -d '${JSON.stringify({ clientKey: powerOfficeClient.clientKey })}' ${connections}/try-key; echo`,
    ],
    [
      'Set up a connection. A second connection to the same client is refused.',
      `curl -s ${signedIn} ${json} -d '${JSON.stringify(connection)}' ${connections}; echo`,
    ],
    ['', `CONNECTION=$(curl -s ${signedIn} ${connections} | ${jsonField('answer.items.at(-1).id')})`],
    [
      'Begin Synchronize users, and wait until it can be reviewed.',
      `RUN=$(curl -sf --retry 20 --retry-delay 1 --retry-all-errors -X POST ${signedIn} ${url('employee-sync')}/v1/connections/$CONNECTION/runs | ${jsonField('answer.id')})`,
    ],
    ['', `until curl -s ${signedIn} ${runs}/$RUN | grep -o '"state":"review"'; do sleep 1; done`],
    [
      'Make the plan and execute it: people are linked, and the connection becomes active.',
      `PLAN=$(curl -s -X POST ${signedIn} ${runs}/$RUN/plan | ${jsonField('const { planId, planHash } = answer; JSON.stringify({ planId, planHash })')})`,
    ],
    ['', `curl -s ${signedIn} ${json} -d "$PLAN" ${runs}/$RUN/execute; echo`],
    ['', `until curl -s ${signedIn} ${runs}/$RUN | grep -o '"state":"done"'; do sleep 1; done`],
    [
      'Edit a phone number in Huma.',
      `curl -s -X PATCH ${json} -d '{"phone":"+47 911 22 333"}' ${huma}/control/organizations/${organization.id}/users/${kari}; echo`,
    ],
    [
      'See it arrive in PowerOffice.',
      `until curl -s ${powerOffice}/control/clients/${powerOfficeClient.id}/employees | grep -o '"PhoneNumber":"+4791122333"'; do sleep 1; done`,
    ],
    ['See which requests PowerOffice got.', `curl -s ${powerOffice}/control/requests; echo`],
  ];
  return steps.map(([comment, command]) => (comment ? `# ${comment}\n${command}` : command)).join('\n');
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
    `What to try next: \`npm run demo\` plays the main job by itself; or paste this into another terminal\n\n${whatToTry(stack, organization)}`,
  ].join('\n\n');
};
