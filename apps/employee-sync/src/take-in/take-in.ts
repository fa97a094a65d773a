import {
  enqueue,
  readRecord,
  unreadableMessage,
  type RawRecord,
  type ReadRecord,
  type Slice,
  type Unreadable,
} from '@huma-poweroffice/messaging';
import type { ConnectionChanged } from '@huma-poweroffice/contracts';
import type { Keyring, Logger, Tx } from '@huma-poweroffice/platform';
import { connectionVersionsBack, foreignEvents, lowerVersions, oldVersions, takenIn, unreadable } from '../metrics.js';
import { changesOf, type SliceOfChanges } from './changes-of.js';
import type { CommandRepository } from './command-repository.js';
import type { ConnectionRepository } from './connection-repository.js';
import type { PersonChange } from './person-change.js';
import type { PersonRepository } from './person-repository.js';
import { roundsOf } from './rounds.js';

/**
 * What a slice of records says is saved in one transaction with the position. Nothing is sent here, and nothing is
 * thrown for bad data: what cannot be read is kept as it is, for people to look at.
 */
export class TakeIn {
  constructor(
    private readonly people: PersonRepository,
    private readonly connections: ConnectionRepository,
    private readonly commands: CommandRepository,
    private readonly keyring: Keyring,
    private readonly logger: Logger,
  ) {}

  async handle(slice: Slice, tx: Tx): Promise<void> {
    await (slice.topic === 'users' ? this.takeInPeople(slice, tx) : this.takeInOthers(slice, tx));
    takenIn.inc({ topic: slice.topic }, slice.records.length);
  }

  putAside(slice: Slice, record: RawRecord, reason: Unreadable, tx: Tx): Promise<void> {
    return this.putAllAside(slice, [{ record, reason }], tx);
  }

  private async putAllAside(slice: Slice, bad: SliceOfChanges['unreadable'], tx: Tx): Promise<void> {
    const { topicName, partition } = slice;
    const from = { source: 'employee-sync', now: Date.now() };
    for (const { record, reason } of bad) {
      unreadable.inc({ topic: slice.topic, code: reason.code });
      const { code, detail } = reason;
      const place = { topic: topicName, partition, offset: record.offset };
      this.logger.warn({ ...place, code, detail }, 'a record could not be read and is put aside');
    }
    const messages = bad.map(({ record, reason }) =>
      unreadableMessage(topicName, partition, record, reason, this.keyring, from),
    );
    await enqueue(tx, messages);
  }

  private async takeInPeople(slice: Slice, tx: Tx): Promise<void> {
    const { changes, unreadable: bad } = changesOf(slice);
    await this.putAllAside(slice, bad, tx);
    // What was in the topic at the first reading comes before what was published later, as it would in slices of its own.
    await this.takeInRounds(
      slice,
      changes.filter((change) => change.backlogAt),
      tx,
    );
    await this.takeInRounds(
      slice,
      changes.filter((change) => !change.backlogAt),
      tx,
    );
  }

  private async takeInRounds(slice: Slice, changes: readonly PersonChange[], tx: Tx): Promise<void> {
    for (const round of roundsOf(changes)) {
      const { taken, lower, foreign } = await this.people.takeIn(tx, round);
      oldVersions.inc(round.length - taken - foreign);
      lowerVersions.inc(lower);
      foreignEvents.inc(foreign);
      if (lower > 0) this.logger.warn({ ...placeOf(slice), lower }, lowerText);
      if (foreign > 0) this.logger.warn({ ...placeOf(slice), foreign }, foreignText);
    }
  }

  private async takeInOthers(slice: Slice, tx: Tx): Promise<void> {
    for (const record of slice.records) {
      const read = readRecord(slice.topic, record);
      await (read.ok ? this.apply(read, tx) : this.putAside(slice, record, read.reason, tx));
    }
  }

  private async apply({ event, envelope }: Extract<ReadRecord, { ok: true }>, tx: Tx): Promise<void> {
    switch (event?.type) {
      case 'poweroffice.connection.changed.v1':
        return this.takeInConnection(event.value, tx);
      case 'poweroffice.command.sync-person.v1':
      case 'poweroffice.command.retry.v1':
        return this.commands.syncPerson(tx, event.value, envelope.id, envelope.traceparent);
      case 'poweroffice.command.apply-employment.v1':
        return this.commands.applyEmployment(tx, event.value, envelope.id, envelope.traceparent);
    }
  }
  private async takeInConnection(connection: ConnectionChanged, tx: Tx): Promise<void> {
    const intake = await this.connections.takeIn(tx, connection);
    if (intake !== 'went-back') return;
    const { connectionId, version, occurredAt } = connection;
    connectionVersionsBack.inc();
    this.logger.error({ connectionId, version, occurredAt }, wentBackText);
  }
}

const placeOf = ({ topicName, partition, records }: Slice) => ({
  topic: topicName,
  partition,
  from: records[0]?.offset,
  to: records.at(-1)?.offset,
});

const lowerText =
  'events have lower versions than are known and are ignored: a replay, or Huma was restored (see docs/operations.md)';
const foreignText = 'events name another organisation than their person belongs to; nothing of them is used';
const wentBackText =
  'a later event of a connection has no higher version than is known and is ignored: connector-config was restored from a backup';
