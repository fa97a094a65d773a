import { randomUUID } from 'node:crypto';
import { createLogger, TokenVerifier } from '@huma-poweroffice/platform';
import { createService, type Service } from '@huma-poweroffice/platform/service';
import { startTestIssuer, type TestIssuer } from '@huma-poweroffice/testing';
import type { Runs } from '../src/runs/create-runs.js';
import type { RunDto } from '../src/runs/runs.dto.js';
import { RunsModule } from '../src/runs/runs.module.js';
import { by, inState, RunsWorld } from './runs-world.js';
import type { Connected } from './sending-world.js';

const world = new RunsWorld();
let issuer: TestIssuer;
let service: Service;
let runs: Runs;
let url: string;
let connected: Connected;

beforeAll(async () => {
  await world.start();
  issuer = await startTestIssuer();
  runs = world.started({ linksAtOnce: 1 });
  service = await createService({
    title: 'employee-sync',
    description: 'Runs.',
    module: RunsModule.with(runs.service),
    logger: createLogger('test', 'fatal'),
    verifier: new TokenVerifier(issuer.url, issuer.audience),
    issuer: issuer.url,
    readiness: [],
    port: 0,
    host: '127.0.0.1',
  });
  url = await service.listen();
});
beforeEach(async () => {
  connected = await world.draft();
});
afterAll(async () => {
  await service.stop();
  await world.stopProcesses();
  await issuer.stop();
  await world.stop();
});

const call = async (
  method: string,
  path: string,
  { body, organizationId = connected.organizationId, headers = {} }: Partial<Asked> = {},
): Promise<Response> =>
  fetch(`${url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await issuer.person(organizationId)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
interface Asked {
  body: unknown;
  organizationId: string;
  headers: Record<string, string>;
}
const begin = (headers: Record<string, string> = {}): Promise<Response> =>
  call('POST', `/connections/${connected.id}/runs`, { headers });
const json = async <T = Record<string, unknown>>(answer: Promise<Response>): Promise<T> =>
  (await (await answer).json()) as T;

it('begins a run, and one only for one key', async () => {
  const key = { 'idempotency-key': randomUUID() };
  const answers = await Promise.all([begin(key), begin(key), begin(key)]);
  expect(answers.map((a) => a.status)).toEqual([201, 201, 201]);
  const bodies = (await Promise.all(answers.map((a) => a.json()))) as RunDto[];
  const { id } = bodies[0]!;
  expect(new Set(bodies.map((b) => b.id))).toEqual(new Set([id]));
  expect(answers[0]?.headers.get('location')).toBe(`/v1/runs/${id}`);
  expect(await json(call('GET', `/runs/${id}`))).toMatchObject({ id, connectionId: connected.id, begunBy: 'someone' });
  const refused = await begin();
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: 'run-unfinished', runId: id });
  await inState(runs, connected, id, 'review');
  await call('POST', `/runs/${id}/cancel`);
  expect(await json<RunDto>(begin(key))).toMatchObject({ id, state: 'cancelled' });
  expect(await json<RunDto>(begin())).not.toMatchObject({ id });
  expect(await json(call('GET', `/connections/${connected.id}/runs?limit=1`))).toMatchObject({
    items: [{ state: expect.any(String) }],
    nextCursor: expect.any(String),
  });
});

it('lists the runs of a connection, newest first, page by page', async () => {
  const begun: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    const { id } = await json<RunDto>(begin());
    await call('POST', `/runs/${id}/cancel`);
    begun.unshift(id);
  }
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const path = `/connections/${connected.id}/runs?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page: { items: RunDto[]; nextCursor: string | null } = await json(call('GET', path));
    seen.push(...page.items.map((r) => r.id));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(begun);
});

it.each(['paused', 'disconnected'] as const)('does not begin for a connection that is %s', async (state) => {
  await connected.change({ state });
  const refused = await begin();
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: `connection-${state}` });
});

it('knows nothing of another organisation', async () => {
  const { id } = await json<RunDto>(begin());
  const organizationId = randomUUID();
  const plan = { planId: randomUUID(), planHash: '0'.repeat(64) };
  const answers = [
    call('POST', `/connections/${connected.id}/runs`, { organizationId }),
    call('GET', `/connections/${connected.id}/runs`, { organizationId }),
    call('GET', `/connections/${connected.id}/overlap`, { organizationId }),
    call('GET', `/runs/${id}`, { organizationId }),
    call('GET', `/runs/${id}/people`, { organizationId }),
    call('GET', `/runs/${id}/events`, { organizationId }),
    call('POST', `/runs/${id}/plan`, { organizationId }),
    call('POST', `/runs/${id}/decisions`, {
      organizationId,
      body: { userId: randomUUID(), link: true, version: 1 },
    }),
    call('POST', `/runs/${id}/execute`, { organizationId, body: plan }),
    call('POST', `/runs/${id}/cancel`, { organizationId }),
  ];
  for (const answer of answers) {
    expect((await answer).status).toBe(404);
    expect((await answer).headers.get('content-type')).toMatch(/^application\/problem\+json/);
  }
});

it.each([
  ['GET', '/runs/no-id', undefined, 'id'],
  ['GET', '/runs/ID/people?limit=201', undefined, 'limit'],
  ['GET', '/runs/ID/people?limit=1e2', undefined, 'limit'],
  ['GET', '/runs/ID/people?limit=', undefined, 'limit'],
  ['GET', '/runs/ID/people?situation=happy', undefined, 'situation'],
  ['GET', '/runs/ID/people?state=happy', undefined, 'state'],
  ['GET', '/runs/ID/people?search=%00', undefined, 'search'],
  ['POST', '/runs/ID/execute', { planId: randomUUID(), planHash: 'short' }, 'planHash'],
  ['POST', '/runs/ID/decisions', { userId: 'x', link: true, version: 1 }, 'userId'],
  ['POST', '/runs/ID/decisions', { userId: randomUUID(), link: 'yes', version: 1 }, 'link'],
  ['POST', '/runs/ID/decisions', { userId: randomUUID(), link: true, version: 0 }, 'version'],
  ['POST', '/runs/ID/execute', { planId: 1, planHash: '0'.repeat(64) }, 'planId'],
])('says what is wrong with %s %s', async (method, path, body, where) => {
  const answer = await call(method, path.replace('ID', randomUUID()), { body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    code: 'validation',
    errors: expect.arrayContaining([expect.objectContaining({ path: where })]),
  });
});

const cursor = (...place: unknown[]): string => Buffer.from(JSON.stringify(place)).toString('base64url');
it.each([
  ['/runs/RUN/people', 'x'],
  ['/runs/RUN/people', cursor()],
  ['/runs/RUN/people', cursor('one')],
  ['/runs/RUN/people', cursor(2 ** 40)],
  ['/connections/CONNECTION/overlap', cursor('no-id')],
  ['/connections/CONNECTION/runs', cursor('2026', 'no-id')],
  ['/connections/CONNECTION/runs', cursor('yesterday', randomUUID())],
  ['/connections/CONNECTION/runs', cursor('+275760-09-13T00:00:00.000Z', randomUUID())],
  ['/connections/CONNECTION/runs', cursor('-000001-01-01T00:00:00.000Z', randomUUID())],
  ['/runs/RUN/people', cursor(-1)],
])('refuses a cursor of nobody: %s %s', async (path, place) => {
  const { id } = await json<RunDto>(begin());
  const list = path.replace('RUN', id).replace('CONNECTION', connected.id);
  const answer = await call('GET', `${list}?cursor=${place}`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'invalid-cursor', errors: [{ path: 'cursor' }] });
});

it('tells the progress as it happens, and ends with the run', async () => {
  for (let n = 0; n < 20; n += 1) await world.inBoth(connected);
  const { id } = await runs.service.start(connected.organizationId, connected.id, by, null);
  const stream = await call('GET', `/runs/${id}/events`);
  expect(stream.status).toBe(200);
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  const text = stream.text();
  await inState(runs, connected, id, 'review');
  const plan = await json<{ links: number }>(call('POST', `/runs/${id}/plan`));
  expect(plan.links).toBe(20);
  const { planId, planHash } = plan as unknown as Record<string, string>;
  expect((await call('POST', `/runs/${id}/execute`, { body: { planId, planHash } })).status).toBe(200);
  const events = (await text).split('\n\n').filter((event) => event !== '');
  expect(events.every((event) => event.includes('event: progress'))).toBe(true);
  const told = events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)![1]!) as RunDto);
  expect(told.at(-1)).toMatchObject({ state: 'done', done: 20, left: 0, expectedSecondsLeft: 0 });
  expect(told.map((p) => p.done)).toEqual([...told.map((p) => p.done)].sort((a, b) => a - b));
});

// The last one: nothing can be watched after it.
it('ends what is watched when the service stops', async () => {
  const { id } = await runs.service.start(connected.organizationId, connected.id, by, null);
  await inState(runs, connected, id, 'review');
  const stream = await call('GET', `/runs/${id}/events`);
  runs.service.endWatching();
  expect(await stream.text()).toContain('"state":"review"');
});
