import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { eventually, startTestIssuer, type TestIssuer } from '@huma-poweroffice/testing';
import { ConfigError, createLogger, TokenVerifier } from '../src/index.js';
import { createService, describeService, startTracing, type HealthState, type Service } from '../src/service/index.js';
import { Behaviour, ExampleModule } from './example-service.js';

const organization = randomUUID();
const behaviour = new Behaviour();
const lines: string[] = [];
const texts = { title: 'Example', description: 'For tests.' };
const tracing = startTracing({ service: 'example', endpoint: null });
let issuer: TestIssuer;
let service: Service;
let url: string;
let asPerson: Record<string, string>;
let database: () => Promise<HealthState> = async () => ({ ok: true });
let consumer: () => Promise<HealthState> = async () => ({ ok: true });

const make = (port = 0, level = 'debug'): Promise<Service> =>
  createService({
    ...texts,
    module: ExampleModule.with(behaviour),
    logger: createLogger('example', level, { write: (line) => lines.push(line) }),
    verifier: new TokenVerifier(issuer.url, issuer.audience),
    issuer: issuer.url,
    readiness: [{ name: 'database', check: () => database() }],
    liveness: [{ name: 'consumer', check: () => consumer() }],
    port,
    host: '127.0.0.1',
  });
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const get = (path: string, headers: Record<string, string> = asPerson): Promise<Response> =>
  fetch(`${url}${path}`, { headers });
const post = (body: string, type = 'application/json'): Promise<Response> =>
  fetch(`${url}/v1/things`, { method: 'POST', headers: { ...asPerson, 'content-type': type }, body });
const problem = async (answer: Response): Promise<unknown> => {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return answer.json();
};

beforeAll(async () => {
  issuer = await startTestIssuer();
  asPerson = bearer(await issuer.person(organization));
  service = await make();
  url = await service.listen();
});
afterAll(async () => {
  await service.stop();
  await issuer.stop();
  await tracing.stop();
});

describe('access', () => {
  const serviceHeaders = async (more: Record<string, string> = {}) => ({ ...bearer(await issuer.service()), ...more });

  it('lets an administrator work in the organisation of the token, whatever a header says', async () => {
    const answer = await get('/v1/things', { ...asPerson, 'Organization-Id': randomUUID() });
    expect(await answer.json()).toMatchObject({ organizationId: organization, limit: 50 });
  });

  it('lets a service work for the organisation it names, and for none that it does not', async () => {
    const named = await get('/v1/things', await serviceHeaders({ 'Organization-Id': organization.toUpperCase() }));
    expect(await named.json()).toMatchObject({ organizationId: organization });
    for (const path of ['/v1/things', '/v1/things/slow', '/internal/v1/organization'])
      for (const headers of [{}, { 'Organization-Id': 'ours' }]) {
        const refused = await get(path, await serviceHeaders(headers as Record<string, string>));
        expect([path, refused.status, await problem(refused)]).toMatchObject([
          path,
          400,
          { code: 'organization-missing', errors: [{ path: 'Organization-Id' }] },
        ]);
      }
  });

  it('keeps people from what is for services', async () => {
    expect(await problem(await get('/internal/v1/who'))).toMatchObject({ status: 403, code: 'permission-missing' });
    expect(await (await get('/internal/v1/who', await serviceHeaders())).json()).toEqual({
      kind: 'service',
      sub: 'a-service',
      scopes: ['poweroffice.internal'],
    });
  });

  it('asks for the permission, and for the scope', async () => {
    const without = [
      await issuer.person(organization, { permissions: ['organization:read'] }),
      await issuer.service({ scope: 'something.else' }),
    ];
    for (const token of without) {
      const answer = await get('/v1/things', { ...bearer(token), 'Organization-Id': organization });
      expect(await problem(answer)).toMatchObject({ status: 403, code: 'permission-missing' });
    }
  });

  it('asks for a token that is valid', async () => {
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Basic a2FyaTprYXJp' },
      bearer('abc'),
      bearer(await issuer.sign({ organizationId: organization }, '-1s')),
      bearer(await issuer.person('not a uuid')),
    ];
    for (const headers of wrong) {
      const answer = await get('/v1/things', headers);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(await problem(answer)).toMatchObject({ status: 401, code: 'invalid-token' });
    }
  });

  it('asks nothing where a route is public', async () => {
    expect(await (await get('/internal/v1/open', {})).json()).toEqual({ open: true });
  });
});

describe('bodies', () => {
  const right = {
    name: 'n',
    settings: { createUsers: true, mail: { recipients: ['a@b.no'] }, letters: [{ to: 'x' }] },
  };

  it('that are right come in as they are', async () => {
    const answer = await post(JSON.stringify(right), 'application/json; charset=utf-8');
    expect([answer.status, await answer.json()]).toEqual([201, { organizationId: organization, body: right }]);
  });

  it('that are wrong are answered with every mistake and its path, and with no value', async () => {
    const secretive = 'a-value-nobody-repeats';
    const wrong = {
      name: 7,
      more: secretive,
      settings: {
        mail: { recipients: ['a@b.no', secretive, 'c@d.no'], extra: secretive },
        letters: [{ to: 'x' }, { to: 1, cc: secretive }],
      },
    };
    const answer = await post(JSON.stringify(wrong));
    const body = (await problem(answer)) as { errors: { path: string; message: string }[] };
    expect(body).toMatchObject({ status: 400, code: 'validation' });
    expect(new Set(body.errors.map(({ path }) => path))).toEqual(
      new Set([
        'more',
        'name',
        'settings.createUsers',
        'settings.mail.extra',
        'settings.mail.recipients',
        'settings.letters.1.to',
        'settings.letters.1.cc',
      ]),
    );
    expect(JSON.stringify(body)).not.toContain(secretive);
  });

  it.each<[string, string]>([
    ['name', '[]'],
    ['name', '{}'],
    ['settings', '{"name":"n"}'],
    ['settings', '{"name":"n","settings":"no"}'],
    ['settings', '{"name":"n","settings":null}'],
    ['settings', '{"name":"n","settings":[]}'],
    ['settings.letters', '{"name":"n","settings":{"letters":{"to":"x"}}}'],
    ['settings.letters', '{"name":"n","settings":{"letters":[{"to":"1"},{"to":"2"},{"to":"3"},{"to":"4"}]}}'],
    ['settings.letters.0', '{"name":"n","settings":{"letters":["x"]}}'],
    ['settings.letters.0', '{"name":"n","settings":{"letters":[null]}}'],
  ])('are told of %s in %s', async (path, body) => {
    expect(await problem(await post(body))).toMatchObject({
      code: 'validation',
      errors: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });

  it.each(['{"name":', 'null x', '"text"', '{"name":"kari@'])('that are not JSON (%s) are refused', async (body) => {
    const refusal = await problem(await post(body));
    expect(refusal).toEqual({
      type: 'about:blank#bad-json',
      title: 'The body is not JSON.',
      status: 400,
      code: 'bad-json',
    });
  });

  it('of another type are refused', async () => {
    const form = await post('name=n', 'application/x-www-form-urlencoded');
    expect(await problem(form)).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    expect(await problem(await post('{}', 'application/json; charset=latin1'))).toMatchObject({ status: 415 });
  });

  it('may have 256 KiB, and no byte more', async () => {
    const sized = (bytes: number): string => JSON.stringify({ name: 'x'.repeat(bytes - '{"name":""}'.length) });
    expect(await problem(await post(sized(256 * 1024)))).toMatchObject({ status: 400, code: 'validation' });
    expect(await problem(await post(sized(256 * 1024 + 1)))).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it('in the address are validated like those', async () => {
    expect(await (await get('/v1/things?limit=7')).json()).toMatchObject({ limit: 7 });
    for (const [query, path] of [
      ['limit=x', 'limit'],
      ['limit=201', 'limit'],
      ['other=1', 'other'],
      ['limit=1&limit=2', 'limit'],
    ])
      expect(await problem(await get(`/v1/things?${query!}`))).toMatchObject({
        status: 400,
        errors: expect.arrayContaining([expect.objectContaining({ path })]),
      });
  });

  it('ids in the path are UUIDs', async () => {
    expect(await problem(await get('/v1/things/12'))).toMatchObject({ status: 400, errors: [{ path: 'id' }] });
    const unknown = `0${randomUUID().slice(1)}`;
    expect(await problem(await get(`/v1/things/${unknown}`))).toMatchObject({ status: 404, code: 'not-found' });
    const known = `a${randomUUID().slice(1)}`;
    expect(await (await get(`/v1/things/${known.toUpperCase()}`)).json()).toEqual({ id: known });
  });
});

describe('errors', () => {
  const failing = async (error: unknown): Promise<Response> => {
    behaviour.failWith = error;
    return get('/v1/things/failing');
  };

  it('that nobody foresaw are 500, logged, and told to nobody', async () => {
    const answer = await failing(new Error('row (12345678903) is wrong'));
    expect(await problem(answer)).toEqual({
      type: 'about:blank#internal-error',
      title: 'Something went wrong on our side.',
      status: 500,
      code: 'internal-error',
    });
    expect(lines.join()).toContain('row (12345678903) is wrong');
  });

  it('of a database that comes back are 503, with when to try again', async () => {
    const answer = await failing(Object.assign(new Error('gone'), { code: '57P01' }));
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problem(answer)).toMatchObject({ status: 503, code: 'temporarily-unavailable' });
  });

  it('of the framework are problems too', async () => {
    expect(await problem(await get('/nowhere?secret=1'))).toEqual({
      type: 'about:blank#not-found',
      title: 'Not Found.',
      status: 404,
      code: 'not-found',
    });
    expect(await problem(await get('/v1/things/%E0%A4%A'))).toMatchObject({ status: 400, code: 'bad-request' });
    expect(await problem(await fetch(`${url}/v1/things`, { method: 'DELETE', headers: asPerson }))).toMatchObject({
      status: 404,
    });
  });
});

describe('health', () => {
  it('says what is not ready, and of a check no more than it says itself', async () => {
    expect(await (await get('/health/ready', {})).json()).toEqual({
      ok: true,
      checks: [{ name: 'database', ok: true }],
    });
    database = async () => ({ ok: false, detail: 'not reachable' });
    const answer = await get('/health/ready', {});
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { ok: false, checks: [{ name: 'database', ok: false, detail: 'not reachable' }] },
    ]);
    database = async () => {
      throw new Error('postgres://user:password@host');
    };
    expect(await (await get('/health/ready', {})).json()).toMatchObject({ checks: [{ detail: 'the check failed' }] });
    database = async () => ({ ok: true });
  });

  it('does not wait for a check that hangs', async () => {
    database = () => new Promise(() => undefined);
    expect(await (await get('/health/ready', {})).json()).toMatchObject({
      checks: [{ ok: false, detail: 'does not answer in time' }],
    });
    database = async () => ({ ok: true });
  });

  it('lets a part that cannot recover end the life of the process', async () => {
    expect((await get('/health/live', {})).status).toBe(200);
    consumer = async () => ({ ok: false });
    expect((await get('/health/live', {})).status).toBe(503);
    consumer = async () => ({ ok: true });
  });
});

describe('what can be seen of it', () => {
  it('metrics count requests by the template of their route', async () => {
    const id = `a${randomUUID().slice(1)}`;
    await get(`/v1/things/${id}?secret=1`);
    const read = async (): Promise<string> => (await get('/metrics', {})).text();
    await eventually(async () => {
      expect(await read()).toMatch(
        /http_request_duration_seconds_count\{method="GET",route="\/v1\/things\/:id",status="200"\} \d/,
      );
    });
    const text = await read();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('route="unmatched"');
    expect(text).not.toContain(id);
  });

  it('the log has a line for each request, with its trace, without address and query', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { ...asPerson, traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const answer = (await (await get('/v1/things?limit=3', headers)).json()) as { traceparent: string };
    expect(answer.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    await eventually(() => {
      const line = lines.map((l) => JSON.parse(l) as Record<string, unknown>).find((l) => l['traceId'] === traceId);
      expect(line).toMatchObject({ msg: 'answered', method: 'GET', route: '/v1/things', status: 200 });
    });
    expect(lines.join()).not.toMatch(/limit=3|secret=1/);
  });

  it('answers are not kept by anybody, and carry no tag that is not ours', async () => {
    const { headers } = await get('/v1/things');
    expect([headers.get('cache-control'), headers.get('etag'), headers.get('x-powered-by')]).toEqual([
      'no-store',
      null,
      null,
    ]);
  });

  it('the documentation is there without a token', async () => {
    const document = (await (await get('/docs/openapi.json', {})).json()) as Record<string, never>;
    expect(document).toMatchObject({
      info: { title: 'Example' },
      components: { securitySchemes: { bearer: { scheme: 'bearer' }, oauth2: { type: 'oauth2' } } },
    });
    const page = await get('/docs', {});
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('swagger-ui')]);
    const script = await (await get('/docs/swagger-ui-init.js', {})).text();
    expect(script).toContain('poweroffice-docs');
    expect(script).toContain('/docs/oauth2-redirect.html');
    for (const file of ['oauth2-redirect.html', 'swagger-ui-bundle.js'])
      expect((await get(`/docs/${file}`, {})).status).toBe(200);
  });

  it('the document is the same without a start, and says what every route refuses', async () => {
    const described = await describeService({ ...texts, module: ExampleModule.with(behaviour) });
    expect(described.paths).toEqual(JSON.parse(JSON.stringify(service.document.paths)));
    const { post: create } = described.paths['/v1/things']!;
    expect(Object.keys(create!.responses)).toEqual(expect.arrayContaining(['201', '400', '401', '403', '404', '409']));
    expect(create!.security).toEqual([{ bearer: [] }, { oauth2: ['openid'] }]);
    expect(described.paths['/health/live']!.get!.security).toEqual([{}]);
    expect(described.paths['/internal/v1/open']!.get!.security).toEqual([{}]);
    expect(described.components!.schemas).toHaveProperty('ProblemBody');
  });
});

describe('start and stop', () => {
  it('a port that is taken is said in one sentence', async () => {
    const second = await make(Number(new URL(url).port));
    await expect(second.listen()).rejects.toThrow(ConfigError);
    await second.stop();
  });

  it('a stop lets the request under way end, and takes no other', async () => {
    const other = await make();
    const address = await other.listen();
    const [began, ended] = [behaviour.began, behaviour.ended];
    let release = (): void => undefined;
    behaviour.hold = new Promise((done) => {
      release = done;
    });
    const answer = fetch(`${address}/v1/things/slow`, { headers: asPerson });
    await eventually(() => {
      expect(behaviour.began).toBe(began + 1);
    });
    const stopped = other.stop();
    await eventually(async () => {
      const refused = new Promise<string>((done) => {
        const socket = connect(Number(new URL(address).port), '127.0.0.1');
        socket.once('connect', () => {
          socket.destroy();
          done('taken');
        });
        socket.once('error', () => {
          done('refused');
        });
      });
      expect(await refused).toBe('refused');
    });
    expect(behaviour.ended).toBe(ended);
    release();
    expect(await (await answer).json()).toEqual({ done: true });
    await stopped;
    expect(behaviour.ended).toBe(ended + 1);
    await other.stop();
  });
});
