import type { BatchConsumer, OutboxRelay } from '@huma-poweroffice/messaging';
import type { Database } from '@huma-poweroffice/platform';
import { metrics } from '@huma-poweroffice/platform/service';
import type { Dispatcher } from './sending/dispatcher.js';

/** Gauges that are looked up when they are asked for. */
export const gauges = (of: {
  readonly database: Database;
  readonly consumer: Pick<BatchConsumer, 'lag'>;
  readonly relay: Pick<OutboxRelay, 'state'>;
  readonly dispatcher: Pick<Dispatcher, 'errandsUnderWay'>;
}): void => {
  metrics.gauge({
    name: 'lanes',
    help: 'Lanes of active connections by the status that an administrator sees.',
    labelNames: ['status'],
    async collect() {
      const rows = await of.database.query<{ status: string; lanes: number }>(
        `SELECT s.status, count(*)::int AS lanes FROM lane_status s JOIN connection c USING (connection_id)
          WHERE c.state = 'active' GROUP BY s.status`,
      );
      this.reset();
      for (const { status, lanes } of rows) this.set({ status }, lanes);
    },
  });
  metrics.gauge({
    name: 'lane_oldest_seconds',
    help: 'Age of what has waited longest to be sent.',
    async collect() {
      const [row] = await of.database.query<{ seconds: number }>(
        `SELECT coalesce(extract(epoch FROM now() - min(l.waiting_since)), 0)::float8 AS seconds
           FROM lane l JOIN connection c USING (connection_id) WHERE c.state = 'active' AND l.wake_at IS NOT NULL`,
      );
      this.set(row?.seconds ?? 0);
    },
  });
  metrics.gauge({
    name: 'kafka_lag_records',
    help: 'Records that are left to take in.',
    labelNames: ['topic', 'partition'],
    async collect() {
      for (const { topic, partition, lag } of await of.consumer.lag()) this.set({ topic, partition }, lag);
    },
  });
  const outboxAge = metrics.gauge({
    name: 'outbox_oldest_seconds',
    help: 'Age of the oldest event not yet published.',
  });
  metrics.gauge({
    name: 'outbox_messages',
    help: 'Messages that wait in the outbox.',
    async collect() {
      const { depth, oldestSeconds } = await of.relay.state();
      this.set(depth);
      outboxAge.set(oldestSeconds);
    },
  });
  metrics.gauge({
    name: 'errands_under_way',
    help: 'Errands of this process that PowerOffice has not answered.',
    collect() {
      this.set(of.dispatcher.errandsUnderWay);
    },
  });
};
