import { eventSchemas, topics, type TopicDefinition, type TopicKey } from '@huma-poweroffice/contracts';
import { channelTexts } from './channels.js';

/** A message that the contract keeps as an example. */
export interface Sample {
  readonly name: string;
  readonly topic: TopicKey;
  readonly type: string;
  readonly value: unknown;
}

type Json = Record<string, unknown>;
interface TitledSchema {
  readonly $id: string;
  readonly title: string;
}

const topicKeys = Object.keys(topics) as TopicKey[];
const isHumas = (topic: TopicKey): boolean => !channelTexts[topic].product.includes('send');
const ref = (path: string): Json => ({ $ref: `#/${path}` });
const typesOf = (topic: TopicKey): [string, TitledSchema][] => Object.entries(eventSchemas[topic]);

/** Of Huma only type and id are required; of ourselves everything that CloudEvents requires. */
const headersOf = (topic: TopicKey, type: string): Json => ({
  type: 'object',
  required: isHumas(topic) ? ['ce_type', 'ce_id'] : ['ce_type', 'ce_id', 'ce_source', 'ce_specversion'],
  properties: {
    ce_type: { const: type },
    ce_id: { type: 'string', minLength: 1, description: 'Unique per event and source.' },
    ce_source: { type: 'string', description: 'Who says it.' },
    ce_specversion: { const: '1.0' },
    ce_time: { type: 'string', format: 'date-time', description: 'When it happened.' },
    ce_subject: { type: 'string', description: `The key again: ${channelTexts[topic].key}.` },
    'content-type': { const: 'application/json' },
    traceparent: { type: 'string', description: 'W3C trace context of what led to it.' },
  },
});

const exampleOf = ({ name, type, value }: Sample): Json => ({
  name: name.replace(/\.json$/, ''),
  headers: { ce_type: type, ce_id: '1', ce_source: '/example', ce_specversion: '1.0' },
  payload: value,
});

const messageOf = (topic: TopicKey, type: string, schema: TitledSchema, samples: readonly Sample[]): Json => {
  const examples = samples.filter((sample) => sample.topic === topic && sample.type === type).map(exampleOf);
  return {
    name: type,
    title: type,
    contentType: 'application/json',
    headers: headersOf(topic, type),
    payload: ref(`components/schemas/${schema.title}`),
    bindings: {
      kafka: { key: { type: 'string', description: channelTexts[topic].key }, bindingVersion: '0.5.0' },
    },
    ...(examples.length > 0 ? { examples } : {}),
  };
};

const channelOf = (topic: TopicKey): Json => {
  const { name, partitions, cleanupPolicy, retentionMs }: TopicDefinition = topics[topic];
  const { summary, key, from, to } = channelTexts[topic];
  return {
    address: name,
    title: name,
    summary,
    description: `Key: ${key}. From: ${from}. To: ${to}.`,
    messages: Object.fromEntries(typesOf(topic).map(([type]) => [type, ref(`components/messages/${type}`)])),
    bindings: {
      kafka: {
        partitions,
        topicConfiguration: {
          'cleanup.policy': [cleanupPolicy],
          ...(retentionMs === undefined ? {} : { 'retention.ms': retentionMs }),
        },
        bindingVersion: '0.5.0',
      },
    },
  };
};

const operationsOf = (topic: TopicKey): [string, Json][] =>
  channelTexts[topic].product.map((action) => {
    const { from, to } = channelTexts[topic];
    const name = `${action}${topic.charAt(0).toUpperCase()}${topic.slice(1)}`;
    const summary = action === 'send' ? `Sent by ${from}.` : `Received by ${to}.`;
    return [name, { action, channel: ref(`channels/${topic}`), summary }];
  });

const schemas = (): Json => {
  const found: Json = {};
  for (const topic of topicKeys) for (const [, { $id: _, ...schema }] of typesOf(topic)) found[schema.title] = schema;
  return found;
};

/** The AsyncAPI 3.0 document of every topic of the product, from the contract's own definitions. */
export const asyncApi = (samples: readonly Sample[]): Json => ({
  asyncapi: '3.0.0',
  info: {
    title: 'PowerOffice Go integration of Huma',
    version: '1.0.0',
    description:
      'Events are CloudEvents 1.0 in the binary mode of the Kafka binding: attributes in headers, the value as JSON. ' +
      'The major version is the end of the type; inside it changes are additive, and readers ignore fields they do not know. ' +
      'An installation may put a prefix before all addresses (KAFKA_TOPIC_PREFIX).',
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries(topicKeys.map((topic) => [topic, channelOf(topic)])),
  operations: Object.fromEntries(topicKeys.flatMap(operationsOf)),
  components: {
    messages: Object.fromEntries(
      topicKeys.flatMap((topic) =>
        typesOf(topic).map(([type, schema]) => [type, messageOf(topic, type, schema, samples)]),
      ),
    ),
    schemas: schemas(),
  },
});
