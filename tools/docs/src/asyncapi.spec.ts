import { eventSchemas, topics } from '@huma-poweroffice/contracts';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { asyncApi } from './asyncapi.js';
import { samples } from './documents.js';

type Message = Record<'headers', object> & { examples?: { headers: object; payload: object }[] };
interface Document {
  channels: Record<string, { address: string; bindings: { kafka: { topicConfiguration: object } } }>;
  components: { messages: Record<string, Message>; schemas: Record<string, object> };
}
const document = asyncApi(samples()) as unknown as Document;
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);

it('is an AsyncAPI 3.0 document', () => {
  // The specification's schema brings JSON Schema's own along.
  const ofSpecification = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats.default(ofSpecification);
  const validate = ofSpecification.compile(specs.schemas['3.0.0'] as object);
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
});

it('has every topic with its policy, and every event', () => {
  const described = Object.values(document.channels).map((channel) => channel.address);
  expect(described).toEqual(Object.values(topics).map((topic) => topic.name));
  expect(Object.keys(document.components.messages)).toEqual(Object.values(eventSchemas).flatMap(Object.keys));
  expect(document.channels['users']?.bindings.kafka.topicConfiguration).toEqual({ 'cleanup.policy': ['compact'] });
});

it('has examples that are as they are described', () => {
  const messages = Object.entries(document.components.messages);
  expect(messages.flatMap(([, message]) => message.examples ?? [])).toHaveLength(samples().length);
  for (const [name, { headers, examples = [] }] of messages)
    for (const example of examples) expect([name, ajv.validate(headers, example.headers)]).toEqual([name, true]);
});
