import { connect } from 'node:net';
import type { OutboxRelay, PublishedTopics } from '@huma-poweroffice/messaging';
import type { Database } from '@huma-poweroffice/platform';
import type { HealthCheck } from '@huma-poweroffice/platform/service';
import type { PublishedConnections } from '../restore/published-connections.js';

const REACH_MS = 500;

const isReachable = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [host = '', port = ''] = address.split(/:(?=\d+$)/);
    const socket = connect({ host, port: Number(port), timeout: REACH_MS });
    const end = (reachable: boolean) => (): void => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });

/**
 * What the service needs to take requests; of Kafka it is only shown how it stands: what changes waits in the outbox.
 */
export const readiness = (
  database: Database,
  outbox: { readonly relay: OutboxRelay; readonly published: Pick<PublishedConnections, 'isCompared'> },
  brokers: readonly string[],
  topics: Pick<PublishedTopics, 'problems'>,
): HealthCheck[] => [
  { name: 'database', check: async () => ({ ok: await database.isReachable() }) },
  {
    name: 'outbox',
    check: async () => {
      const { depth, oldestSeconds } = await outbox.relay.state();
      const waits = outbox.published.isCompared ? '' : '; nothing is published before the topic has been compared';
      return {
        ok: true,
        detail: `${String(depth)} wait, the oldest for ${String(Math.round(oldestSeconds))} s${waits}`,
      };
    },
  },
  {
    name: 'kafka',
    check: async () => {
      const reachable = (await Promise.all(brokers.map(isReachable))).includes(true);
      const problems = reachable ? await topics.problems() : ['cannot be reached'];
      const detail = problems.length === 0 ? 'can be reached' : `${problems.join('; ')}; changes wait in the outbox`;
      return { ok: true, detail };
    },
  },
];
