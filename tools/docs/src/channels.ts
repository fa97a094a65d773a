import type { TopicKey } from '@huma-poweroffice/contracts';

/** What the contract's code does not say of a topic: who writes, who reads, what the key is. */
export interface ChannelText {
  readonly summary: string;
  readonly key: string;
  /** What the product does with the topic; Huma's own domain services are outside of it. */
  readonly product: readonly ('send' | 'receive')[];
  /** Services that write and read it. */
  readonly from: string;
  readonly to: string;
}

export const channelTexts: Readonly<Record<TopicKey, ChannelText>> = {
  users: {
    summary: "A user's whole state after each change. A tombstone means that the user was deleted.",
    key: 'userId',
    product: ['receive'],
    from: "Huma's domain services",
    to: 'employee-sync',
  },
  positions: {
    summary: 'All positions of a user after each change of one of them.',
    key: 'userId',
    product: ['receive'],
    from: "Huma's domain services",
    to: 'position-sync',
  },
  connections: {
    summary: 'The public state of a connection after each change; never a key or a token.',
    key: 'connectionId',
    product: ['send', 'receive'],
    from: 'connector-config',
    to: 'employee-sync, position-sync, error-log',
  },
  syncCommands: {
    summary: 'What services ask employee-sync to do for a person; never a value to write blindly.',
    key: 'userId',
    product: ['send', 'receive'],
    from: 'position-sync, error-log',
    to: 'employee-sync',
  },
  syncOutcomes: {
    summary: 'What became of a person in PowerOffice: ids, names of fields and codes, never a personal value.',
    key: 'userId',
    product: ['send', 'receive'],
    from: 'employee-sync, position-sync',
    to: 'error-log, position-sync',
  },
  unreadable: {
    summary: 'Records that nobody could read, with their bytes (encrypted), their place and the reason.',
    key: 'topic-partition-offset of the record',
    product: ['send', 'receive'],
    from: 'all services',
    to: 'error-log',
  },
};
