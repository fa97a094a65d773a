import { randomUUID } from 'node:crypto';
import { bearer, problem, RunningExample } from './running-example.js';

const example = new RunningExample();
beforeAll(() => example.start());
afterAll(() => example.stop());

describe('access', () => {
  const serviceHeaders = async (more: Record<string, string> = {}) => ({
    ...bearer(await example.issuer.service()),
    ...more,
  });

  it('lets an administrator work in the organisation of the token, whatever a header says', async () => {
    const answer = await example.get('/v1/things', { ...example.asPerson, 'Organization-Id': randomUUID() });
    expect(await answer.json()).toMatchObject({ organizationId: example.organization, limit: 50 });
  });

  it('lets a service work for the organisation it names, and for none that it does not', async () => {
    const named = await example.get(
      '/v1/things',
      await serviceHeaders({ 'Organization-Id': example.organization.toUpperCase() }),
    );
    expect(await named.json()).toMatchObject({ organizationId: example.organization });
    for (const path of ['/v1/things', '/v1/things/slow', '/internal/v1/organization'])
      for (const headers of [{}, { 'Organization-Id': 'ours' }]) {
        const refused = await example.get(path, await serviceHeaders(headers as Record<string, string>));
        expect([path, refused.status, await problem(refused)]).toMatchObject([
          path,
          400,
          { code: 'organization-missing', errors: [{ path: 'Organization-Id' }] },
        ]);
      }
  });

  it('keeps people from what is for services', async () => {
    expect(await problem(await example.get('/internal/v1/who'))).toMatchObject({
      status: 403,
      code: 'permission-missing',
    });
    expect(await (await example.get('/internal/v1/who', await serviceHeaders())).json()).toEqual({
      kind: 'service',
      sub: 'a-service',
      scopes: ['poweroffice.internal'],
      expiresAt: expect.any(Number) as number,
    });
  });

  it('asks for the permission, and for the scope', async () => {
    const without = [
      await example.issuer.person(example.organization, { permissions: ['organization:read'] }),
      await example.issuer.service({ scope: 'something.else' }),
    ];
    for (const token of without) {
      const answer = await example.get('/v1/things', { ...bearer(token), 'Organization-Id': example.organization });
      expect(await problem(answer)).toMatchObject({ status: 403, code: 'permission-missing' });
    }
  });

  it('asks for a token that is valid', async () => {
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Basic a2FyaTprYXJp' },
      bearer('abc'),
      bearer(await example.issuer.sign({ organizationId: example.organization }, '-10s')),
      bearer(await example.issuer.person('not a uuid')),
    ];
    for (const headers of wrong) {
      const answer = await example.get('/v1/things', headers);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(await problem(answer)).toMatchObject({ status: 401, code: 'invalid-token' });
    }
  });

  it('asks nothing where a route is public', async () => {
    expect(await (await example.get('/internal/v1/open', {})).json()).toEqual({ open: true });
  });
});

describe('bodies', () => {
  const right = {
    name: 'n',
    settings: { createUsers: true, mail: { recipients: ['a@b.no'] }, letters: [{ to: 'x' }] },
  };

  it('that are right come in as they are', async () => {
    const answer = await example.post(JSON.stringify(right), 'application/json; charset=utf-8');
    expect([answer.status, await answer.json()]).toEqual([201, { organizationId: example.organization, body: right }]);
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
    const answer = await example.post(JSON.stringify(wrong));
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
    expect(await problem(await example.post(body))).toMatchObject({
      code: 'validation',
      errors: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });

  it.each(['{"name":', 'null x', '"text"', '{"name":"kari@'])('that are not JSON (%s) are refused', async (body) => {
    const refusal = await problem(await example.post(body));
    expect(refusal).toEqual({
      type: 'about:blank#bad-json',
      title: 'The body is not JSON.',
      status: 400,
      code: 'bad-json',
    });
  });

  it('of another type are refused', async () => {
    const form = await example.post('name=n', 'application/x-www-form-urlencoded');
    expect(await problem(form)).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    expect(await problem(await example.post('{}', 'application/json; charset=latin1'))).toMatchObject({ status: 415 });
  });

  it('may have 256 KiB, and no byte more', async () => {
    const sized = (bytes: number): string => JSON.stringify({ name: 'x'.repeat(bytes - '{"name":""}'.length) });
    expect(await problem(await example.post(sized(256 * 1024)))).toMatchObject({ status: 400, code: 'validation' });
    expect(await problem(await example.post(sized(256 * 1024 + 1)))).toMatchObject({
      status: 413,
      code: 'body-too-large',
    });
  });

  it('in the address are validated like those', async () => {
    expect(await (await example.get('/v1/things?limit=7')).json()).toMatchObject({ limit: 7 });
    for (const [query, path] of [
      ['limit=x', 'limit'],
      ['limit=201', 'limit'],
      ['other=1', 'other'],
      ['limit=1&limit=2', 'limit'],
    ])
      expect(await problem(await example.get(`/v1/things?${query!}`))).toMatchObject({
        status: 400,
        errors: expect.arrayContaining([expect.objectContaining({ path })]),
      });
  });

  it('ids in the path are UUIDs', async () => {
    expect(await problem(await example.get('/v1/things/12'))).toMatchObject({ status: 400, errors: [{ path: 'id' }] });
    const unknown = `0${randomUUID().slice(1)}`;
    expect(await problem(await example.get(`/v1/things/${unknown}`))).toMatchObject({ status: 404, code: 'not-found' });
    const known = `a${randomUUID().slice(1)}`;
    expect(await (await example.get(`/v1/things/${known.toUpperCase()}`)).json()).toEqual({ id: known });
  });
});

describe('errors', () => {
  const failing = async (error: unknown): Promise<Response> => {
    example.behaviour.failWith = error;
    return example.get('/v1/things/failing');
  };

  it('that nobody foresaw are 500, logged, and told to nobody', async () => {
    const answer = await failing(new Error('row (12345678903) is wrong'));
    expect(await problem(answer)).toEqual({
      type: 'about:blank#internal-error',
      title: 'Something went wrong on our side.',
      status: 500,
      code: 'internal-error',
    });
    expect(example.lines.join()).toContain('row (12345678903) is wrong');
  });

  it('of a database that comes back are 503, with when to try again', async () => {
    const answer = await failing(Object.assign(new Error('gone'), { code: '57P01' }));
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problem(answer)).toMatchObject({ status: 503, code: 'temporarily-unavailable' });
  });

  it('of the framework are problems too', async () => {
    expect(await problem(await example.get('/nowhere?secret=1'))).toEqual({
      type: 'about:blank#not-found',
      title: 'Not Found.',
      status: 404,
      code: 'not-found',
    });
    expect(await problem(await example.get('/v1/things/%E0%A4%A'))).toMatchObject({ status: 400, code: 'bad-request' });
    expect(
      await problem(await fetch(`${example.url}/v1/things`, { method: 'DELETE', headers: example.asPerson })),
    ).toMatchObject({
      status: 404,
    });
  });
});
