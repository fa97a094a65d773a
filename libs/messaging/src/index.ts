export { BatchConsumer, type BatchConsumerOptions, type ConsumerState } from './batch-consumer.js';
export { registerCodecs } from './codecs.js';
export { createKafka, type KafkaSettings } from './kafka.js';
export { enqueue, messagingTables, outboxChannel, ownEvent, unreadableMessage, type OutboxMessage } from './outbox.js';
export { OutboxRelay, type OutboxRelayOptions, type OutboxState } from './outbox-relay.js';
export type { Gap, GapListener } from './placer.js';
export type { PartitionLag, TopicEnds } from './progress.js';
export { PublishedTopics } from './published-topics.js';
export { KafkaPublisher, type Publishable, type Publisher } from './publisher.js';
export {
  maxValueBytes,
  readRecord,
  type Envelope,
  type RawRecord,
  type ReadRecord,
  type Unreadable,
} from './records.js';
export type { Slice, SliceHandling } from './slice-runner.js';
