import { randomUUID } from 'node:crypto';
import { startTestIssuer, type TestIssuer } from '@huma-poweroffice/testing';
import { createLogger, TokenVerifier } from '../src/index.js';
import { createService, type HealthState, type Service, type ServiceOptions } from '../src/service/index.js';
import { Behaviour, ExampleModule } from './example-service.js';

/** The example service as it runs, with an administrator who calls it. */
export class RunningExample {
  readonly organization = randomUUID();
  readonly behaviour = new Behaviour();
  readonly lines: string[] = [];
  database: () => Promise<HealthState> = async () => ({ ok: true });
  consumer: () => Promise<HealthState> = async () => ({ ok: true });
  issuer!: TestIssuer;
  service!: Service;
  url!: string;
  asPerson!: Record<string, string>;

  async start(): Promise<void> {
    this.issuer = await startTestIssuer();
    this.asPerson = bearer(await this.issuer.person(this.organization));
    this.service = await this.another();
    this.url = await this.service.listen();
  }
  async stop(): Promise<void> {
    await this.service.stop();
    await this.issuer.stop();
  }

  another(port = 0, change: Partial<ServiceOptions> = {}): Promise<Service> {
    return createService({
      ...texts,
      module: ExampleModule.with(this.behaviour),
      logger: createLogger('example', 'debug', { write: (line) => this.lines.push(line) }),
      verifier: new TokenVerifier(this.issuer.url, this.issuer.audience),
      issuer: this.issuer.url,
      readiness: [{ name: 'database', check: () => this.database() }],
      liveness: [{ name: 'consumer', check: () => this.consumer() }],
      port,
      host: '127.0.0.1',
      serveDocs: true,
      // What is tested changes from one request to the next.
      figuresMs: 0,
      ...change,
    });
  }
  get(path: string, headers = this.asPerson): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers });
  }
  post(body: string, type = 'application/json'): Promise<Response> {
    const headers = { ...this.asPerson, 'content-type': type };
    return fetch(`${this.url}/v1/things`, { method: 'POST', headers, body });
  }
}

export const texts = { title: 'Example', description: 'For tests.' };
export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
export const problem = async (answer: Response): Promise<unknown> => {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return answer.json();
};
