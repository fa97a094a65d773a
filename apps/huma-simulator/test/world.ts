import { freePort } from '@huma-poweroffice/stack';
import { createTestDatabase, createTestTopics } from '@huma-poweroffice/testing';
import { startSimulator, type RunningSimulator } from '../src/server.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface World {
  url(): string;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A simulator with a database and topics of its own. */
export const createWorld = async (): Promise<World> => {
  const database = await createTestDatabase();
  const topics = await createTestTopics();
  const port = await freePort();
  const start = (): Promise<RunningSimulator> =>
    startSimulator({
      port,
      databaseUrl: database.url,
      brokers: topics.brokers.split(','),
      topicPrefix: topics.prefix,
      host: '127.0.0.1',
      issuerUrl: `http://127.0.0.1:${String(port)}/oidc`,
      audience: 'poweroffice-integration',
      serviceSecrets: {},
      redirectUris: ['http://127.0.0.1:3001/docs/oauth2-redirect.html'],
    });
  let simulator = await start();
  const ask: World['ask'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${simulator.url}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  };
  return {
    url: () => simulator.url,
    ask,
    control: async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const answer = await ask(method, `/control${path}`, body);
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      return answer.body as T;
    },
    restart: async () => {
      await simulator.stop();
      simulator = await start();
    },
    stop: async () => {
      await simulator.stop();
      await topics.drop();
      await database.drop();
    },
  };
};
