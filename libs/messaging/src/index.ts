export { BatchConsumer, type BatchConsumerOptions, type Slice } from './batch-consumer.js';
export { registerCodecs } from './codecs.js';
export { createKafka, type KafkaSettings } from './kafka.js';
export { enqueue, messagingTables, outboxChannel, ownEvent, unreadableMessage, type OutboxMessage } from './outbox.js';
export { OutboxRelay, type OutboxRelayOptions, type OutboxState } from './outbox-relay.js';
export { KafkaPublisher, type Publishable, type Publisher } from './publisher.js';
export {
  maxValueBytes,
  readRecord,
  type Envelope,
  type RawRecord,
  type ReadRecord,
  type Unreadable,
} from './records.js';
