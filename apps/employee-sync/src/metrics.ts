import { metrics } from '@huma-poweroffice/platform/service';

/** What is measured of the work itself; gauges over the database are in `gauges.ts`. */
export const errands = metrics.counter({
  name: 'poweroffice_errands_total',
  help: 'Errands done at PowerOffice, by what was asked, what came of it, and the code of a failure.',
  labelNames: ['kind', 'outcome', 'code'],
});

export const requestSeconds = metrics.histogram({
  name: 'poweroffice_request_seconds',
  help: 'How long an errand took at PowerOffice.',
  labelNames: ['kind'],
  buckets: [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

export const waitSeconds = metrics.histogram({
  name: 'lane_wait_seconds',
  help: 'How long a lane waited from the change to the claim of its errand.',
  buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60, 600],
});

export const takenIn = metrics.counter({
  name: 'records_taken_in_total',
  help: 'Records from Kafka that were handled; after a crash some are handled twice.',
  labelNames: ['topic'],
});

export const unreadable = metrics.counter({
  name: 'records_unreadable_total',
  help: 'Records that could not be read and were put aside.',
  labelNames: ['topic', 'code'],
});

export const oldVersions = metrics.counter({
  name: 'old_versions_total',
  help: 'Changes of people that were not newer than what was known: replays, duplicates, or a restore at Huma.',
});

export const lowerVersions = metrics.counter({
  name: 'lower_versions_total',
  help: 'Of old_versions_total, changes with a lower version than is known. After a replay they mean nothing; when a topic was made anew, Huma may have been restored.',
});

export const foreignEvents = metrics.counter({
  name: 'foreign_events_total',
  help: 'Changes of people that name another organisation than the person belongs to; nothing of them is used.',
});

export const connectionVersionsBack = metrics.counter({
  name: 'connection_versions_back_total',
  help: 'Later events of connections without a higher version, which are ignored: connector-config was restored from a backup.',
});

export const setbacks = metrics.counter({
  name: 'database_setbacks_total',
  help: 'Partitions of which Kafka knows that more was read than this database knows: it was restored, or lost.',
  labelNames: ['topic', 'kind'],
});

export const gaps = metrics.counter({
  name: 'kafka_gaps_total',
  help: 'Times that records were missing between what was read and what can be read.',
  labelNames: ['topic', 'cause'],
});
