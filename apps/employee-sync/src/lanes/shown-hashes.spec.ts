import { randomBytes } from 'node:crypto';
import { Keyring, Secret } from '@huma-poweroffice/platform';
import { emptyLane, type Lane } from '@huma-poweroffice/sync-rules';
import { changedSince, hashesOf } from './shown-hashes.js';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second] = [key('a'), key('b')];
const keyring = new Keyring(new Secret(first));
const who = { connectionId: 'c', userId: 'u' };
const lane: Lane = {
  ...emptyLane('u'),
  fields: {
    phone: { shown: '+4790000000' },
    homeAddress: { shown: { city: 'Oslo', zipCode: '0155', externalCode: 'x', lastChangedDateTimeOffset: 'then' } },
    gender: { base: 'Female' },
  },
};
const hashes = hashesOf(lane, who, keyring);
const shown = {
  phone: '+4790000000',
  homeAddress: { zipCode: '0155', city: 'Oslo', lastChangedDateTimeOffset: 'now' },
};

it('has a hash of each field that was seen, and no value', () => {
  expect(Object.keys(hashes).sort()).toEqual(['homeAddress', 'phone']);
  expect(JSON.stringify(hashes)).not.toMatch(/4790000000|Oslo/);
});

it.each([
  ['the same, in another order', shown, 'unchanged'],
  ['a field that nobody had seen', { ...shown, gender: 'Male' }, 'unchanged'],
  ['a field that is hidden now', { phone: '+4790000000' }, 'unchanged'],
  ['another phone', { ...shown, phone: '+4791111111' }, 'changed'],
  ['no phone', { ...shown, phone: null }, 'changed'],
  ['nothing that can be compared', {}, 'unknown'],
])('%s: %j is %s', (_, now, expected) => {
  expect(changedSince(hashes, now, who, keyring)).toBe(expected);
});

it('does not know without hashes, for somebody else, or without the key', () => {
  expect(changedSince(null, shown, who, keyring)).toBe('unknown');
  expect(changedSince(hashes, shown, { ...who, userId: 'v' }, keyring)).toBe('changed');
  expect(changedSince(hashes, shown, who, new Keyring(new Secret(second)))).toBe('unknown');
  expect(changedSince(hashes, shown, who, new Keyring(new Secret(`${second},${first}`)))).toBe('unchanged');
});
