import type { BatchConsumer, OutboxRelay } from '@huma-poweroffice/messaging';
import type { Database } from '@huma-poweroffice/platform';
import { metrics } from '@huma-poweroffice/platform/service';
import type { Gauge } from 'prom-client';
import { keptForAWhile } from './kept-for-a-while.js';
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

/** Figures of lanes that are not at rest. */
export interface LaneFigures {
  readonly byStatus: readonly { readonly status: string; readonly lanes: number }[];
  readonly oldestSeconds: number;
}

/**
 * Counts lanes that something is to be done for, or that wait. Lanes at rest are found by no index: there may be a million.
 */
export const laneFigures = async (database: Pick<Database, 'query'>): Promise<LaneFigures> => {
  const rows = await database.query<{ status: string; lanes: number; seconds: number | null }>(laneFiguresStatement);
  return {
    byStatus: rows,
    oldestSeconds: Math.max(0, ...rows.map(({ seconds }) => seconds ?? 0)),
  };
};

const laneFiguresStatement = `
  SELECT s.status, count(*)::int AS lanes,
         extract(epoch FROM now() - min(b.waiting_since) FILTER (WHERE b.wakes))::float8 AS seconds
    FROM (SELECT connection_id, user_id, waiting_since, true AS wakes FROM lane WHERE wake_at IS NOT NULL
          UNION ALL
          SELECT connection_id, user_id, waiting_since, false FROM lane
           WHERE wake_at IS NULL AND (attempt_kind IS NOT NULL OR blocked_reason IS NOT NULL OR refused <> '{}')) b
    JOIN connection c USING (connection_id)
    JOIN lane_status s USING (connection_id, user_id)
   WHERE c.state = 'active' AND s.status NOT IN ('up-to-date', 'locked', 'not-linked')
   GROUP BY s.status`;

/** Gauges over the database and the brokers. */
export const gauges = (of: {
  readonly database: Database;
  readonly consumer: Pick<BatchConsumer, 'lag'>;
  readonly relay: Pick<OutboxRelay, 'state'>;
  readonly dispatcher: Pick<Dispatcher, 'errandsUnderWay'>;
}): void => {
  const figures = keptForAWhile(() => laneFigures(of.database), { now: () => performance.now() });
  const outbox = keptForAWhile(() => of.relay.state(), { now: () => performance.now() });
  metrics.gauge({
    name: 'lanes',
    help: 'Lanes of active connections that are not at rest, by the status that an administrator sees.',
    labelNames: ['status'],
    collect: lookUp(async (gauge) => {
      for (const { status, lanes } of (await figures()).byStatus) gauge.set({ status }, lanes);
    }),
  });
  metrics.gauge({
    name: 'lane_oldest_seconds',
    help: 'Age of what has waited longest to be sent.',
    collect: lookUpOne(async () => (await figures()).oldestSeconds),
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
    collect: lookUpOne(async () => (await outbox()).depth),
  });
  metrics.gauge({
    name: 'outbox_oldest_seconds',
    help: 'Age of the oldest message in the outbox.',
    collect: lookUpOne(async () => (await outbox()).oldestSeconds),
  });
  metrics.gauge({
    name: 'errands_under_way',
    help: 'Errands of this process that PowerOffice has not answered.',
    collect() {
      this.set(of.dispatcher.errandsUnderWay);
    },
  });
};
