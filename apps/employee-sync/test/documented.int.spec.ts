import { randomUUID } from 'node:crypto';
import { createLogger, TokenVerifier } from '@huma-poweroffice/platform';
import { createService, type Service } from '@huma-poweroffice/platform/service';
import { startTestIssuer, tryDocument, type TestIssuer } from '@huma-poweroffice/testing';
import { EmployeeSyncModule, texts } from '../src/employee-sync.module.js';
import { PeopleQueries } from '../src/people/people-queries.js';
import { PeopleService } from '../src/people/people.service.js';
import { SyncNow } from '../src/people/sync-now.js';
import type { Runs } from '../src/runs/create-runs.js';
import { inState, reviewed, RunsWorld } from './runs-world.js';
import type { Connected } from './sending-world.js';

const world = new RunsWorld();
let issuer: TestIssuer;
let service: Service;
let runs: Runs;
let url: string;

beforeAll(async () => {
  await world.start();
  issuer = await startTestIssuer();
  runs = world.started();
  const { database, sending } = world;
  const { lanes, worlds, audit } = sending;
  const queries = new PeopleQueries(database);
  service = await createService({
    ...texts,
    module: EmployeeSyncModule.with(
      [
        { provide: PeopleService, useValue: new PeopleService(database, queries, lanes, worlds, audit) },
        { provide: SyncNow, useValue: new SyncNow(database, queries, lanes, worlds, audit) },
      ],
      runs.service,
    ),
    logger: createLogger('test', 'fatal'),
    verifier: new TokenVerifier(issuer.url, issuer.audience),
    issuer: issuer.url,
    readiness: [],
    port: 0,
    host: '127.0.0.1',
  });
  url = await service.listen();
});
afterAll(async () => {
  runs.service.endWatching();
  await service.stop();
  await world.stopProcesses();
  await issuer.stop();
  await world.stop();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

it('answers every request as its document says, and none with an error of its own', async () => {
  const connected = await world.connect();
  const someone = await connected.linked();
  await someone.edit({ givenName: 'Nils', phone: '+4791000001' });
  await connected.person();
  const drafts: Connected[] = [];
  for (let i = 0; i < 4; i += 1) drafts.push(await world.draft({ organizationId: connected.organizationId }));
  await world.inBoth(drafts[0]!);
  const reviews = [];
  for (const draft of drafts) reviews.push(await reviewed(runs, draft));
  const plan = await runs.service.plan(connected.organizationId, reviews[0]!.id);
  const ended = await runs.service.start(connected.organizationId, connected.id, 'kari', null);
  await inState(runs, connected, ended.id, 'review');

  const document = (await (await fetch(`${url}/docs/openapi.json`)).json()) as { paths: object };
  const known = {
    values: {
      '/v1/connections/{id}': [connected.id, connected.id, drafts[0]!.id],
      '/v1/runs/{id}': [...reviews.map(({ id }) => id), ended.id],
      userId: [someone.userId],
      planId: [plan.planId],
      planHash: [plan.planHash],
      'Organization-Id': [connected.organizationId],
    },
    callers: [
      ...(await Promise.all(Array.from({ length: 8 }, () => issuer.person(connected.organizationId)))).map(bearer),
      { ...bearer(await issuer.service()), 'Organization-Id': connected.organizationId },
      bearer(await issuer.service()),
      {},
      bearer('forged'),
      bearer(await issuer.person(connected.organizationId, { permissions: [] })),
      bearer(await issuer.person(randomUUID())),
    ],
  };
  const { statuses, wrong } = await tryDocument(url, document, known, { requests: 800 });
  expect(wrong).toEqual([]);
  // Only the plan of the run, in its right moment, is executed, and only of somebody hired again anything is decided:
  // chance finds neither, and both have tests of their own.
  const refused = [...statuses].filter(([, seen]) => ![...seen].some((status) => status < 300));
  expect(refused.filter(([operation]) => !/\/(?:execute|decisions)$/.test(operation))).toEqual([]);
  expect([...statuses.keys()].length).toBeGreaterThan(12);
}, 180_000);
