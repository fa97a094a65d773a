import { connect } from 'node:net';
import { eventually } from '@huma-poweroffice/testing';
import fc from 'fast-check';
import { isCleanText } from '../src/index.js';
import { startTracing } from '../src/service/index.js';
import { bearer, problem, RunningExample } from './running-example.js';

const tracing = startTracing({ service: 'example', endpoint: null });
afterAll(() => tracing.stop());
const example = new RunningExample();
beforeAll(() => example.start());
afterAll(() => example.stop());

const settings = { createUsers: true, mail: { recipients: [] }, letters: [] };
const named = (name: unknown): string => JSON.stringify({ name, settings });

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly errors?: { readonly path: string }[];
}
const pathsOf = async (answer: Response): Promise<string[]> =>
  ((await problem(answer)) as Problem).errors?.map(({ path }) => path) ?? [];

describe('texts', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 120 }),
    fc.string({ unit: 'binary', maxLength: 120 }),
    fc.string({ unit: fc.constantFrom('a', ' ', '\u0000', '\ud800', '\u202e', '\u200b', '\r', 'e\u0301', '\ufeff') }),
  );

  it('of any kind are stored as they will be read, or refused with their path', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (name) => {
        const answer = await example.post(named(name));
        const meant = name.normalize('NFC').trim();
        const length = [...meant].length;
        if (isCleanText(meant) && length >= 1 && length <= 100) {
          expect([answer.status, await answer.json()]).toMatchObject([201, { body: { name: meant } }]);
        } else {
          expect(answer.status).toBe(400);
          expect(new Set(await pathsOf(answer))).toEqual(new Set(['name']));
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['a control character', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['a lone surrogate', 'a\ud800b'],
    ['a bidirectional override', 'a\u202eb'],
    ['a soft hyphen', 'a\u00adb'],
    ['a filler that nobody sees', 'a\u3164b'],
    ['a noncharacter', 'a\uffffb'],
  ])('with %s are refused in bodies, lists and queries', async (_, text) => {
    expect(await pathsOf(await example.post(named(text)))).toEqual(['name']);
    const mail = { recipients: [`${text}@example.com`] };
    const listed = JSON.stringify({ name: 'n', settings: { ...settings, mail } });
    expect(await pathsOf(await example.post(listed))).toContain('settings.mail.recipients');
    if (!/\p{Cs}/u.test(text))
      expect(await pathsOf(await example.get(`/v1/things?search=${encodeURIComponent(text)}`))).toEqual(['search']);
  });

  it('in a token name nobody when they are not clean', async () => {
    for (const sub of ['a\u0000b', 'a\ud800b', 'x'.repeat(256)]) {
      const token = await example.issuer.person(example.organization, { sub });
      expect((await example.get('/v1/things', bearer(token))).status).toBe(401);
    }
  });
});

describe('numbers and ids', () => {
  it.each(['1e2', '0x10', '+7', '7.0', ' 7', '٧', '', '-1', '0', '201', '99999999999999999999'])(
    'limit=%s is refused',
    async (limit) => {
      expect(await pathsOf(await example.get(`/v1/things?limit=${encodeURIComponent(limit)}`))).toContain('limit');
    },
  );
  it('an id may be written in any letter case', async () => {
    const id = 'ABCDEF03-0000-4000-8000-0000000000AB';
    expect((await example.get(`/v1/things?userId=${id}`)).status).toBe(200);
    expect(await pathsOf(await example.get('/v1/things?userId=7'))).toEqual(['userId']);
  });
});

describe('bodies', () => {
  const nested = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
  const unknown = async (body: string): Promise<string[]> => pathsOf(await example.post(body));

  it('may be nested 32 levels deep, and no deeper', async () => {
    expect(await unknown(nested(32))).toContain('a');
    expect(await unknown(nested(33))).toEqual([Array.from({ length: 32 }, () => 'a').join('.')]);
    const deepest = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await example.post(deepest)).status).toBe(400);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'])(
    'with the name %s are refused at every level, in queries too',
    async (name) => {
      expect(await unknown(`{"name":"n","${name}":{"x":1}}`)).toEqual([name]);
      expect(await unknown(`{"settings":{"letters":[{"${name}":1}]}}`)).toEqual([`settings.letters.0.${name}`]);
      expect(await pathsOf(await example.get(`/v1/things?${name}=1`))).toEqual([name]);
    },
  );

  it('answers about long names are short', async () => {
    const body = JSON.stringify({ ['x'.repeat(200_000)]: 1 });
    expect((await (await example.post(body)).text()).length).toBeLessThan(2000);
  });

  it.each(['utf-7', 'utf-16', 'utf-32', 'latin1', 'utf-8; x=y'])('in %s are refused', async (charset) => {
    expect((await example.post(named('n'), `application/json; charset=${charset}`)).status).toBe(415);
  });

  it('whose bytes are not UTF-8 are refused', async () => {
    const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    const headers = { ...example.asPerson, 'content-type': 'application/json' };
    const answer = await fetch(`${example.url}/v1/things`, { method: 'POST', headers, body });
    expect(await problem(answer)).toMatchObject({ status: 400, code: 'bad-json' });
  });

  it('of nobody, or for nobody, are not read', async () => {
    const broken = { method: 'POST', body: '{"name":', headers: { 'content-type': 'application/json' } };
    expect(await problem(await fetch(`${example.url}/v1/things`, broken))).toMatchObject({ status: 401 });
    const large = { ...broken, body: 'x'.repeat(5_000_000) };
    expect(await problem(await fetch(`${example.url}/v1/things`, large))).toMatchObject({ status: 401 });
    const without = await example.issuer.person(example.organization, { permissions: [] });
    const refused = { ...large, headers: { ...large.headers, ...bearer(without) } };
    expect(await problem(await fetch(`${example.url}/v1/things`, refused))).toMatchObject({ status: 403 });
  });
});

describe('limits', () => {
  const limited = async (limits: { requestMs: number; connections: number }) => {
    const service = await example.another(0, { limits });
    return { service, port: Number(new URL(await service.listen()).port) };
  };

  it('a body that comes in too slowly is ended', async () => {
    const { service, port } = await limited({ requestMs: 300, connections: 10 });
    const socket = connect(port, '127.0.0.1');
    const heard: string[] = [];
    socket.on('data', (data) => heard.push(data.toString()));
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    const { authorization } = example.asPerson;
    socket.write(
      `POST /v1/things HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization!}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`,
    );
    await closed;
    expect(heard.join('')).toMatch(/^HTTP\/1\.1 408 /);
    await service.stop();
  });

  it('further connections than allowed are closed at once', async () => {
    const { service, port } = await limited({ requestMs: 30_000, connections: 2 });
    const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
    let closed = 0;
    for (const socket of sockets) socket.on('close', () => (closed += 1)).on('error', () => undefined);
    await eventually(() => {
      expect(closed).toBe(3);
    });
    for (const socket of sockets) socket.destroy();
    await service.stop();
  });
});

describe('figures', () => {
  it('are looked up once for all who ask within their time', async () => {
    let looks = 0;
    const readiness = [
      {
        name: 'database',
        check: async () => {
          looks += 1;
          return { ok: true };
        },
      },
    ];
    const service = await example.another(0, { readiness, figuresMs: 3_600_000 });
    const url = await service.listen();
    await Promise.all(Array.from({ length: 30 }, () => fetch(`${url}/health/ready`)));
    expect(looks).toBe(1);
    const [first, second] = [
      await (await fetch(`${url}/metrics`)).text(),
      await (await fetch(`${url}/metrics`)).text(),
    ];
    expect(second).toBe(first);
    await service.stop();
  });

  it('and the documentation are on a port of their own when there is one', async () => {
    const service = await example.another(0, { operationsPort: 0 });
    const url = await service.listen();
    const paths = ['/metrics', '/health/ready', '/health/live', '/docs/openapi.json', '/docs'];
    for (const path of paths) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
      expect([path, (await fetch(service.operationsUrl() + path)).status]).toEqual([path, 200]);
    }
    expect((await fetch(`${url}/v1/things`, { headers: example.asPerson })).status).toBe(200);
    expect((await fetch(`${service.operationsUrl()}/v1/things`, { headers: example.asPerson })).status).toBe(404);
    await service.stop();
  });

  it('pages of the documentation are only there when they are asked for', async () => {
    const service = await example.another(0, { serveDocs: false });
    const url = await service.listen();
    expect((await fetch(`${url}/docs/openapi.json`)).status).toBe(200);
    for (const path of ['/docs', '/docs/', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui-init.js'])
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
    await service.stop();
  });
});

describe('headers', () => {
  const nothing = "default-src 'none'; frame-ancestors 'none'";

  it('of every answer keep browsers from showing it as a page', async () => {
    for (const path of [
      '/v1/things',
      '/v1/things/failing',
      '/nowhere',
      '/health/live',
      '/metrics',
      '/docs/package.json',
    ]) {
      const { headers } = await example.get(path, path === '/nowhere' ? {} : example.asPerson);
      const seen = ['content-security-policy', 'referrer-policy', 'x-content-type-options'].map((h) => headers.get(h));
      expect([path, ...seen]).toEqual([path, nothing, 'no-referrer', 'nosniff']);
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });

  it('ask for TLS where browsers come by TLS', async () => {
    const service = await example.another(0, { publicUrl: 'https://sync.example' });
    const { headers } = await fetch(`${await service.listen()}/health/live`);
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
    await service.stop();
  });

  it('let the pages of the documentation load what they are made of, and nothing else', async () => {
    const page = await example.get('/docs', {});
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`connect-src 'self' ${new URL(example.issuer.url).origin}`);
    expect(policy).toContain("script-src 'self';");
    const files = [...(await page.text()).matchAll(/(?:src|href)="(?:\.\/)?docs\/([^"]+)"/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(3);
    for (const file of [...files, 'oauth2-redirect.html', 'oauth2-redirect.js'])
      expect([file, (await example.get(`/docs/${file}`, {})).status]).toEqual([file, 200]);
    for (const file of ['package.json', 'index.html', 'README.md', 'swagger-ui.js.map', 'swagger-ui-bundle.js.map'])
      expect([file, (await example.get(`/docs/${file}`, {})).status]).toEqual([file, 404]);
  });
});

it('the trace context of a stranger is not used', async () => {
  const traceId = '1bf7651916cd43dd8448eb211c80319d';
  for (const flags of ['00', '01'])
    await example.get('/v1/things', { traceparent: `00-${traceId}-b7ad6b7169203331-${flags}`, ...bearer('forged') });
  await eventually(() => {
    expect(example.lines.filter((line) => line.includes('"status":401')).length).toBeGreaterThan(1);
  });
  expect(example.lines.join()).not.toContain(traceId);
});
