import { createLogger } from '@huma-poweroffice/platform';
import type { TopicPartitionOffset } from 'kafkajs';
import { KafkaOffsets, type DurableOffsets } from './kafka-offsets.js';

const committing = (durable: DurableOffsets): { offsets: KafkaOffsets; committed: TopicPartitionOffset[] } => {
  const committed: TopicPartitionOffset[] = [];
  const consumer = {
    commitOffsets: async (some: TopicPartitionOffset[]) => {
      committed.push(...some);
    },
  };
  return { offsets: new KafkaOffsets(consumer, durable, createLogger('test', 'fatal')), committed };
};

describe('offsets that are shown to Kafka', () => {
  it('are those that the database still knows', async () => {
    const { offsets, committed } = committing(async (some) => some.filter(({ partition }) => partition === 0));
    offsets.note('users', 0, '7');
    offsets.note('users', 1, '9');
    await offsets.commit();
    expect(committed).toEqual([{ topic: 'users', partition: 0, offset: '7' }]);
  });

  it('are none while the database does not answer', async () => {
    const { offsets, committed } = committing(() => Promise.reject(new Error('away')));
    offsets.note('users', 0, '7');
    await offsets.commit();
    expect(committed).toEqual([]);
  });
});
