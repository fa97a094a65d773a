import { readdirSync, readFileSync } from 'node:fs';
import { eventSchemas, readEvent } from './read-event.js';
import type { TopicKey } from './topics.js';

interface Sample {
  topic: TopicKey;
  type: string;
  value: Record<string, unknown>;
}

const folder = new URL('./samples/', import.meta.url);
const samples = readdirSync(folder).map((name) => ({
  name,
  ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Sample),
}));

describe('readEvent', () => {
  it.each(samples)('$name keeps parsing', ({ topic, type, value }) => {
    expect(readEvent(topic, type, value)).toEqual({ ok: true, event: { type, value } });
  });

  it('has a sample of every schema', () => {
    const described = new Set(Object.values(eventSchemas).flatMap((types) => Object.values(types)));
    const sampled = new Set(samples.map((s) => (eventSchemas[s.topic] as Record<string, object>)[s.type]));
    expect(sampled).toEqual(described);
  });

  it.each(samples)('$name is unreadable without any one of its fields', ({ topic, type, value }) => {
    for (const field of Object.keys(value)) {
      const { [field]: _, ...rest } = value;
      expect(readEvent(topic, type, rest)).toMatchObject({ ok: false, reason: { code: 'schema' } });
    }
  });

  it.each(samples)('$name may grow new fields, which nobody sees', ({ topic, type, value }) => {
    expect(readEvent(topic, type, { ...value, somethingNew: 1 })).toEqual({ ok: true, event: { type, value } });
  });

  it('reads a connection although it has a field, and a language, that are not known yet', () => {
    const { topic, type, value } = samples.find((s) => s.name === 'connection-changed.json')!;
    const settings = value['settings'] as { mail: object };
    const abilities = value['abilities'] as object[];
    const read = (change: object) => readEvent(topic, type, { ...value, ...change });
    const later = { field: 'shoeSize', write: 'yes', compare: 'yes' };
    expect(read({ abilities: [later, ...abilities] })).toMatchObject({ ok: true, event: { value: { abilities } } });
    expect(read({ settings: { ...settings, mail: { ...settings.mail, language: 'sv' } } })).toMatchObject({
      ok: true,
      event: { value: { settings: { mail: { language: 'en' } } } },
    });
    // Of a state that is not known nobody can say what to do without it.
    expect(read({ state: 'archived' }).ok).toBe(false);
    expect(read({ abilities: [{ field: 7 }, ...abilities] }).ok).toBe(false);
  });

  it.each([
    ['huma.user.updated.v2', 'wrong-version'],
    ['huma.user.promoted.v1', 'unknown-type'],
    ['toString', 'unknown-type'],
  ])('%s is %s', (type, code) => {
    expect(readEvent('users', type, {})).toMatchObject({ ok: false, reason: { code } });
  });

  it.each([null, [], 'text', 7])('%p is not a value', (value) => {
    expect(readEvent('users', 'huma.user.updated.v1', value)).toMatchObject({ ok: false, reason: { code: 'schema' } });
  });

  it('names the field of a mistake and never its content', () => {
    const user = samples.find((s) => s.name === 'user-updated.json')!;
    const broken = { ...user.value, user: { ...(user.value['user'] as object), email: 4711 } };
    const read = readEvent('users', user.type, broken);
    expect(read).toMatchObject({ ok: false, reason: { errors: [{ path: '/user/email' }] } });
    expect(JSON.stringify(read)).not.toContain('4711');
  });
});
