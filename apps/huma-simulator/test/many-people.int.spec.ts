import { aHumaUser } from '@huma-poweroffice/testing';
import type { User } from '../src/model.js';
import { createWorld, type World } from './world.js';

const PEOPLE = 20_000;
const org = crypto.randomUUID();
let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.control('PUT', `/organizations/${org}`, { name: 'Org', clientId: 'a', clientSecret: 'b' });
});
afterAll(() => world.stop());

const all = (): Promise<User[]> => world.control<User[]>('GET', `/organizations/${org}/users`);

it('20,000 people are held, changed, published and kept over a restart', async () => {
  const template = aHumaUser();
  const profiles = Array.from({ length: PEOPLE }, (_, n) => ({
    profile: { ...template, email: `person.${String(n)}@example.no`, phone: null, employmentId: String(n + 1) },
  }));

  const added = await world.control<User[]>('POST', `/organizations/${org}/users`, profiles);
  await world.control('POST', '/flush');
  const some = added.filter((_, n) => n % 100 === 0);
  await Promise.all(
    some.map(({ id }) => world.control('PATCH', `/organizations/${org}/users/${id}`, { givenName: 'Changed' })),
  );
  await world.control('POST', '/flush');
  const before = await all();
  await world.restart();
  const after = await all();
  expect(after).toHaveLength(PEOPLE);
  expect(after.filter((u) => u.profile?.givenName === 'Changed' && u.version === 2)).toHaveLength(some.length);
  const byId = (users: User[]): User[] => [...users].sort((a, b) => a.id.localeCompare(b.id));
  expect(byId(after)).toEqual(byId(before));
  // What is unique is known after the restart too.
  const [first] = added;
  const taken = { email: 'person.7@example.no' };
  await expect(world.control('PATCH', `/organizations/${org}/users/${first!.id}`, taken)).rejects.toThrow(
    'email:not-unique',
  );
}, 120_000);
