import type { UserChanged } from '@huma-poweroffice/contracts';
import {
  enqueue,
  readRecord,
  unreadableMessage,
  type RawRecord,
  type ReadRecord,
  type Slice,
  type Unreadable,
} from '@huma-poweroffice/messaging';
import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { CommandRepository } from './command-repository.js';
import type { ConnectionRepository } from './connection-repository.js';
import { newestOf, toChange, toDeletion, type PersonChange } from './newest.js';
import type { PersonRepository } from './person-repository.js';

type Readable = Extract<ReadRecord, { ok: true }>;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

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
    private readonly now: () => number,
  ) {}

  async handle(slice: Slice, tx: Tx): Promise<void> {
    const changes: PersonChange[] = [];
    for (const record of slice.records) {
      const read = readRecord(slice.topic, record);
      if (!read.ok) await this.putAside(slice, record, read.reason, tx);
      else if (slice.topic !== 'users') await this.apply(read, tx);
      else {
        const change = changeOf(read);
        if ('userId' in change) changes.push(change);
        else await this.putAside(slice, record, change, tx);
      }
    }
    await this.people.takeIn(tx, newestOf(changes));
  }

  async putAside(slice: Slice, record: RawRecord, reason: Unreadable, tx: Tx): Promise<void> {
    const from = { source: 'employee-sync', now: this.now() };
    const { topicName, partition } = slice;
    await enqueue(tx, [unreadableMessage(topicName, partition, record, reason, this.keyring, from)]);
  }

  private async apply({ event, envelope }: Readable, tx: Tx): Promise<void> {
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

/** A user's change, or why the key of the record does not fit it: order is kept per key. */
const changeOf = ({ event, envelope }: Readable): PersonChange | Unreadable => {
  if (!event)
    return uuid.test(envelope.key) ? toDeletion(envelope) : { code: 'schema', detail: 'The key is not a user id' };
  // Of this topic every type carries a user's state.
  const change = toChange(event.value as UserChanged, envelope);
  return change.userId === envelope.key ? change : { code: 'schema', detail: "The key is not the value's userId" };
};
