import {
  enqueue,
  readRecord,
  unreadableMessage,
  type RawRecord,
  type ReadRecord,
  type Slice,
  type Unreadable,
} from '@huma-poweroffice/messaging';
import type { Keyring, Logger, Tx } from '@huma-poweroffice/platform';
import { oldVersions, takenIn, unreadable } from '../metrics.js';
import { changesOf } from './changes-of.js';
import type { CommandRepository } from './command-repository.js';
import type { ConnectionRepository } from './connection-repository.js';
import { newestOf } from './newest.js';
import type { PersonRepository } from './person-repository.js';

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

  async putAside(slice: Slice, record: RawRecord, reason: Unreadable, tx: Tx): Promise<void> {
    const { topicName, partition } = slice;
    unreadable.inc({ topic: slice.topic, code: reason.code });
    const place = { topic: topicName, partition, offset: record.offset };
    this.logger.warn(
      { ...place, code: reason.code, detail: reason.detail },
      'a record could not be read and is put aside',
    );
    const from = { source: 'employee-sync', now: Date.now() };
    await enqueue(tx, [unreadableMessage(topicName, partition, record, reason, this.keyring, from)]);
  }

  private async takeInPeople(slice: Slice, tx: Tx): Promise<void> {
    const { changes, unreadable: bad } = changesOf(slice);
    for (const { record, reason } of bad) await this.putAside(slice, record, reason, tx);
    const newest = newestOf(changes);
    oldVersions.inc(newest.length - (await this.people.takeIn(tx, newest)));
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
        return this.connections.takeIn(tx, event.value);
      case 'poweroffice.command.sync-person.v1':
      case 'poweroffice.command.retry.v1':
        return this.commands.syncPerson(tx, event.value, envelope.id, envelope.traceparent);
      case 'poweroffice.command.apply-employment.v1':
        return this.commands.applyEmployment(tx, event.value, envelope.id, envelope.traceparent);
    }
  }
}
