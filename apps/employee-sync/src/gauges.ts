import type { BatchConsumer, OutboxRelay } from '@huma-poweroffice/messaging';
import type { Database } from '@huma-poweroffice/platform';
import { metrics } from '@huma-poweroffice/platform/service';
import type { Gauge } from 'prom-client';
import type { Dispatcher } from './sending/dispatcher.js';

/**
 * Looks figures up when they are asked for. What cannot be looked up now is left out: a broker that is away must not take
 * the other figures with it.
 */
const lookUp = (look: (gauge: Gauge) => Promise<void>) =>
  async function collect(this: Gauge): Promise<void> {
    this.reset();
    await look(this).catch(() => undefined);
  };

/** As {@link lookUp}, for one figure; one that is not known is not a number. */
const lookUpOne = (look: () => Promise<number>) =>
  async function collect(this: Gauge): Promise<void> {
    this.set(await look().catch(() => NaN));
  };

/** Gauges over the database and the brokers. */
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
    collect: lookUp(async (gauge) => {
      const rows = await of.database.query<{ status: string; lanes: number }>(
        `SELECT s.status, count(*)::int AS lanes FROM lane_status s JOIN connection c USING (connection_id)
          WHERE c.state = 'active' GROUP BY s.status`,
      );
      for (const { status, lanes } of rows) gauge.set({ status }, lanes);
    }),
  });
  metrics.gauge({
    name: 'lane_oldest_seconds',
    help: 'Age of what has waited longest to be sent.',
    collect: lookUpOne(async () => {
      const [row] = await of.database.query<{ seconds: number }>(
        `SELECT coalesce(extract(epoch FROM now() - min(l.waiting_since)), 0)::float8 AS seconds
           FROM lane l JOIN connection c USING (connection_id) WHERE c.state = 'active' AND l.wake_at IS NOT NULL`,
      );
      return row?.seconds ?? 0;
    }),
  });
  metrics.gauge({
    name: 'kafka_lag_records',
    help: 'Records that are left to take in.',
    labelNames: ['topic', 'partition'],
    collect: lookUp(async (gauge) => {
      for (const { topic, partition, lag } of await of.consumer.lag()) gauge.set({ topic, partition }, lag);
    }),
  });
  metrics.gauge({
    name: 'outbox_messages',
    help: 'Messages that wait in the outbox.',
    collect: lookUpOne(async () => (await of.relay.state()).depth),
  });
  metrics.gauge({
    name: 'outbox_oldest_seconds',
    help: 'Age of the oldest message in the outbox.',
    collect: lookUpOne(async () => (await of.relay.state()).oldestSeconds),
  });
  metrics.gauge({
    name: 'errands_under_way',
    help: 'Errands of this process that PowerOffice has not answered.',
    collect() {
      this.set(of.dispatcher.errandsUnderWay);
    },
  });
};
