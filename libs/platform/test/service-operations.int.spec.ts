import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { eventually } from '@huma-poweroffice/testing';
import { ConfigError } from '../src/index.js';
import { describeService, startTracing } from '../src/service/index.js';
import { ExampleModule } from './example-service.js';
import { RunningExample, texts } from './running-example.js';

const tracing = startTracing({ service: 'example', endpoint: null });
afterAll(() => tracing.stop());
const example = new RunningExample();
beforeAll(() => example.start());
afterAll(() => example.stop());

describe('health', () => {
  it('says what is not ready, and of a check no more than it says itself', async () => {
    expect(await (await example.get('/health/ready', {})).json()).toEqual({
      ok: true,
      checks: [
        { name: 'database', ok: true },
        { name: 'identity-provider', ok: true, detail: 'no keys are known' },
      ],
    });
    example.database = async () => ({ ok: false, detail: 'not reachable' });
    const answer = await example.get('/health/ready', {});
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({
        ok: false,
        checks: expect.arrayContaining([{ name: 'database', ok: false, detail: 'not reachable' }]),
      }),
    ]);
    example.database = async () => {
      throw new Error('postgres://user:password@host');
    };
    expect(await (await example.get('/health/ready', {})).json()).toMatchObject({
      checks: [{ detail: 'the check failed' }, { name: 'identity-provider' }],
    });
    example.database = async () => ({ ok: true });
  });

  it('does not wait for a check that hangs', async () => {
    example.database = () => new Promise(() => undefined);
    expect(await (await example.get('/health/ready', {})).json()).toMatchObject({
      checks: [{ ok: false, detail: 'does not answer in time' }, { name: 'identity-provider' }],
    });
    example.database = async () => ({ ok: true });
  });

  it('lets a part that cannot recover end the life of the process', async () => {
    expect((await example.get('/health/live', {})).status).toBe(200);
    example.consumer = async () => ({ ok: false });
    expect((await example.get('/health/live', {})).status).toBe(503);
    example.consumer = async () => ({ ok: true });
  });
});

describe('what can be seen of it', () => {
  it('metrics count requests by the template of their route', async () => {
    const id = `a${randomUUID().slice(1)}`;
    await example.get(`/v1/things/${id}?secret=1`);
    await example.get(`/nowhere/${id}`);
    const read = async (): Promise<string> => (await example.get('/metrics', {})).text();
    await eventually(async () => {
      expect(await read()).toMatch(
        /http_request_duration_seconds_count\{method="GET",route="\/v1\/things\/:id",status="200"\} \d/,
      );
    });
    await eventually(async () => {
      expect(await read()).toContain('route="unmatched",status="404"');
    });
    const text = await read();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toContain(id);
  });

  it('the log has a line for each request, with its trace, without address and query', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { ...example.asPerson, traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const answer = (await (await example.get('/v1/things?limit=3', headers)).json()) as { traceparent: string };
    expect(answer.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    await eventually(() => {
      const line = example.lines
        .map((l) => JSON.parse(l) as Record<string, unknown>)
        .find((l) => l['traceId'] === traceId);
      expect(line).toMatchObject({ msg: 'answered', method: 'GET', route: '/v1/things', status: 200 });
    });
    expect(example.lines.join()).not.toMatch(/limit=3|secret=1/);
  });

  it('answers are not kept by anybody, and carry no tag that is not ours', async () => {
    const { headers } = await example.get('/v1/things');
    expect([headers.get('cache-control'), headers.get('etag'), headers.get('x-powered-by')]).toEqual([
      'no-store',
      null,
      null,
    ]);
  });

  it('the documentation is there without a token', async () => {
    const document = (await (await example.get('/docs/openapi.json', {})).json()) as Record<string, never>;
    expect(document).toMatchObject({
      info: { title: 'Example' },
      components: { securitySchemes: { bearer: { scheme: 'bearer' }, oauth2: { type: 'oauth2' } } },
    });
    const page = await example.get('/docs', {});
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('swagger-ui')]);
    const script = await (await example.get('/docs/swagger-ui-init.js', {})).text();
    expect(script).toContain('poweroffice-docs');
    expect(script).toContain('/docs/oauth2-redirect.html');
    for (const file of ['oauth2-redirect.html', 'swagger-ui-bundle.js'])
      expect((await example.get(`/docs/${file}`, {})).status).toBe(200);
  });

  it('the document is the same without a start, and says what every route refuses', async () => {
    const described = await describeService({ ...texts, module: ExampleModule.with(example.behaviour) });
    expect(described.paths).toEqual(JSON.parse(JSON.stringify(example.service.document.paths)));
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
    const second = await example.another(Number(new URL(example.url).port));
    await expect(second.listen()).rejects.toThrow(ConfigError);
    await second.stop();
  });

  it('a stop lets the request under way end, and takes no other', async () => {
    const other = await example.another();
    const address = await other.listen();
    const [began, ended] = [example.behaviour.began, example.behaviour.ended];
    let release = (): void => undefined;
    example.behaviour.hold = new Promise((done) => {
      release = done;
    });
    const answer = fetch(`${address}/v1/things/slow`, { headers: example.asPerson });
    await eventually(() => {
      expect(example.behaviour.began).toBe(began + 1);
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
    expect(example.behaviour.ended).toBe(ended);
    release();
    expect(await (await answer).json()).toEqual({ done: true });
    await stopped;
    expect(example.behaviour.ended).toBe(ended + 1);
    await other.stop();
  });
});
