import type { BatchConsumer, OutboxRelay } from '@huma-poweroffice/messaging';
import type { Database } from '@huma-poweroffice/platform';
import { metrics } from '@huma-poweroffice/platform/service';
import type { Dispatcher } from './sending/dispatcher.js';

interface LaneCount {
  readonly state: string;
  readonly lanes: number;
  readonly oldest: number;
}

/** Gauges that are looked up when they are asked for. */
export const gauges = (of: {
  readonly database: Database;
  readonly consumer: Pick<BatchConsumer, 'lag'>;
  readonly relay: Pick<OutboxRelay, 'state'>;
  readonly dispatcher: Pick<Dispatcher, 'errandsUnderWay'>;
}): void => {
  const oldest = metrics.gauge({ name: 'lane_oldest_seconds', help: 'Age of what has waited longest to be sent.' });
  metrics.gauge({
    name: 'lanes',
    help: 'Lanes of active connections by what keeps them.',
    labelNames: ['state'],
    async collect() {
      const rows = await of.database.query<LaneCount>(
        `SELECT CASE WHEN l.wake_at IS NOT NULL THEN coalesce('attempt-' || l.attempt_outcome, 'due')
                     WHEN l.blocked_reason IS NOT NULL THEN 'blocked'
                     WHEN l.refused <> '{}' THEN 'partly-refused' ELSE 'rest' END AS state,
                count(*)::int AS lanes,
                coalesce(extract(epoch FROM now() - min(l.waiting_since) FILTER (WHERE l.wake_at IS NOT NULL)), 0)::float8 AS oldest
           FROM lane l JOIN connection c USING (connection_id) WHERE c.state = 'active' GROUP BY 1`,
      );
      this.reset();
      for (const { state, lanes } of rows) this.set({ state }, lanes);
      oldest.set(Math.max(0, ...rows.map((row) => row.oldest)));
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
    name: 'outbox_events',
    help: 'Events not yet published.',
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
