import { call, request, type Answer, type Question } from './http.js';

/** Addresses of the services that an administrator uses, and of Huma, where one signs in. */
export interface Services {
  readonly huma: string;
  readonly connectorConfig: string;
  readonly employeeSync: string;
}

export interface RunReport {
  readonly id: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly done: number;
  readonly givenBack: number;
}

export interface PersonReport {
  readonly userId: string;
  readonly email: string | null;
  readonly employeeId: string | null;
  readonly status: string;
  readonly reason: string | null;
}

export interface Summary {
  readonly state: string;
  readonly people: Readonly<Record<string, number>>;
  readonly waiting: number;
  readonly blocked: number;
}

const LOOK_MS = 100;

/** Somebody who has signed in: calls the services as the pages do. */
export class Administrator {
  private constructor(
    private readonly services: Services,
    private readonly token: string,
  ) {}

  static async signIn(services: Services, sub: string): Promise<Administrator> {
    const account = `${services.huma}/control/accounts/${sub}/token`;
    const { access_token } = await call<{ access_token: string }>('POST', account, { body: {} });
    return new Administrator(services, access_token);
  }

  /** Any request to one of the services, answered whatever the status. */
  ask<T>(
    service: 'connectorConfig' | 'employeeSync',
    method: string,
    path: string,
    question: Question = {},
  ): Promise<Answer<T>> {
    const headers = { authorization: `Bearer ${this.token}`, ...question.headers };
    return request<T>(method, `${this.services[service]}${path}`, { ...question, headers });
  }

  /** Sets up a connection; answers its id. Nothing is sent before a run. */
  async connect(change: Record<string, unknown>): Promise<string> {
    const body = {
      name: 'Norway',
      group: null,
      authorityConfirmed: true,
      settings: { createUsers: false, sendPositions: true, mail: { recipients: [], language: 'en' } },
      ...change,
    };
    const { id } = await this.must<{ id: string }>('connectorConfig', 'POST', '/v1/connections', { body });
    // The connection reaches the other service through Kafka.
    await this.until(
      async () => (await this.ask('employeeSync', 'GET', `/v1/connections/${id}/summary`)).status === 200,
    );
    return id;
  }

  /** Runs Synchronize users to its end, as it was reviewed. */
  async synchronize(connectionId: string): Promise<{ review: RunReport; done: RunReport }> {
    const review = await this.collect(connectionId);
    return { review, done: await this.execute(review.id) };
  }

  /** Begins a run and waits for its review. */
  async collect(connectionId: string): Promise<RunReport> {
    const started = await this.must<RunReport>('employeeSync', 'POST', `/v1/connections/${connectionId}/runs`);
    return this.runIn(started.id, ['review']);
  }

  async execute(runId: string): Promise<RunReport> {
    const { planId, planHash } = await this.must<{ planId: string; planHash: string }>(
      'employeeSync',
      'POST',
      `/v1/runs/${runId}/plan`,
    );
    await this.must('employeeSync', 'POST', `/v1/runs/${runId}/execute`, { body: { planId, planHash } });
    return this.runIn(runId, ['done']);
  }

  summary(connectionId: string): Promise<Summary> {
    return this.must('employeeSync', 'GET', `/v1/connections/${connectionId}/summary`);
  }
  person(connectionId: string, userId: string): Promise<PersonReport> {
    return this.must('employeeSync', 'GET', `/v1/connections/${connectionId}/people/${userId}`);
  }
  async connectionState(connectionId: string): Promise<string> {
    const { state } = await this.must<{ state: string }>('connectorConfig', 'GET', `/v1/connections/${connectionId}`);
    return state;
  }

  /** A request that must succeed. */
  async must<T>(
    service: 'connectorConfig' | 'employeeSync',
    method: string,
    path: string,
    question: Question = {},
  ): Promise<T> {
    const { status, body } = await this.ask<T>(service, method, path, question);
    if (status >= 300)
      throw new Error(`${method} ${path} answered ${String(status)}: ${JSON.stringify(body ?? '').slice(0, 500)}`);
    return body;
  }

  private async runIn(runId: string, states: readonly string[]): Promise<RunReport> {
    let run: RunReport | undefined;
    await this.until(async () => {
      run = await this.must<RunReport>('employeeSync', 'GET', `/v1/runs/${runId}`);
      if (run.state === 'failed') throw new Error(`The run failed: ${JSON.stringify(run)}`);
      return states.includes(run.state);
    });
    return run as RunReport;
  }

  private async until(isSo: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`It did not come about within ${String(withinMs / 1000)} s`);
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }
}
