import { aConnection } from '../../test/a-connection.js';
import type { Connection } from '../connections/connection.js';
import { PowerOfficeTokens, type RenewalFailure } from './poweroffice-tokens.js';
import type { Usable } from './token-keeper.js';

const usable: Usable = { outcome: 'usable', accessToken: 'a', leftMs: 1000 };

/** @param seen what the connection is at each look; the last one stays */
const tokensOf = (seen: (Connection | null)[], answer: Usable | RenewalFailure = usable, judged = seen.at(-1)) => {
  let looks = 0;
  const find = async () => seen[Math.min(looks++, seen.length - 1)] ?? null;
  const reported = async () => judged ?? null;
  return new PowerOfficeTokens({ connections: { find } }, { get: async () => answer }, { reported });
};
const active = aConnection();

describe('the token of a connection', () => {
  it('comes with the client that it acts for', async () => {
    expect(await tokensOf([active]).get('c', null)).toEqual({ ...usable, clientId: active.client.id });
  });

  it('is not that of one client under the name of another, when the key was replaced meanwhile', async () => {
    const anew = { ...active, version: 2, client: { id: 'other', name: 'Other AS' } };
    expect(await tokensOf([active, anew]).get('c', null)).toMatchObject({ clientId: 'other' });
  });

  it('is none for a connection that does not come to rest', async () => {
    const changing = Array.from({ length: 6 }, (_, n) => ({ ...active, version: n }));
    expect(await tokensOf(changing).get('c', null)).toEqual({ outcome: 'unavailable' });
  });

  it('is none when it was disconnected meanwhile', async () => {
    const gone = aConnection({ ...active, version: 2, phase: 'disconnected' });
    expect(await tokensOf([active, gone]).get('c', null)).toEqual({ outcome: 'disconnected' });
  });

  it.each([
    ['there is no connection', null, 'not-found'],
    ['it is disconnected', aConnection({ phase: 'disconnected' }), 'disconnected'],
    ['its key is refused', aConnection({ phase: 'held-active', heldFor: 'key-refused' }), 'key-refused'],
  ])('is none when %s', async (_, connection, outcome) => {
    expect(await tokensOf([connection]).get('c', null)).toEqual({ outcome });
  });

  it('is there for one that is held for a privilege', async () => {
    const held = aConnection({ phase: 'held-active', heldFor: 'privilege-missing' });
    expect(await tokensOf([held]).get('c', null)).toMatchObject({ outcome: 'usable' });
  });

  it.each([
    [{ outcome: 'no-key' }, 'disconnected'],
    [{ outcome: 'unavailable', code: 'server-error' }, 'unavailable'],
    [{ outcome: 'own-keys', code: 'subscription-key-refused' }, 'unavailable'],
  ] as const)('%j: %s', async (failure, outcome) => {
    expect(await tokensOf([active], failure).get('c', null)).toEqual({ outcome });
  });

  it('that PowerOffice refuses is the key’s fault only when that was found out', async () => {
    const refused = { outcome: 'refused', reason: 'no' } as const;
    expect(await tokensOf([active], refused).get('c', null)).toEqual({ outcome: 'unavailable' });
    const held = aConnection({ phase: 'held-active', heldFor: 'key-refused' });
    expect(await tokensOf([active], refused, held).get('c', null)).toEqual({ outcome: 'key-refused' });
  });
});
