import { aConnection } from '../../test/a-connection.js';
import type { Asked } from '../clients/asked.js';
import { abilitiesOf } from '../connections/abilities.js';
import { judgeProbe } from './judge-probe.js';

const refused: Asked = { outcome: 'refused', reason: 'not found' };
const connection = aConnection();
const accepted = (change: Partial<Extract<Asked, { outcome: 'accepted' }>> = {}): Asked => ({
  outcome: 'accepted',
  client: connection.client,
  abilities: connection.abilities,
  ...change,
});
const nothing = abilitiesOf({ validPrivileges: [], invalidPrivileges: [] });
const readsOnly = abilitiesOf({ validPrivileges: ['Employee'], invalidPrivileges: [] });

describe('a refused key', () => {
  it.each([
    ['holds when another’s is accepted', ['works'], 'change'],
    ['holds when there is no other', [], 'change'],
    ['is our own keys’ fault when another’s is refused too', ['refused'], 'own-keys'],
    ['holds when at least one other’s is accepted', ['refused', 'works'], 'change'],
    ['says nothing when nobody could be asked', ['unclear'], 'leave'],
  ] as const)('%s', (_, witnesses, kind) => {
    expect(judgeProbe(connection, refused, witnesses).kind).toBe(kind);
  });

  it('says why it is held, and does not say it again', () => {
    expect(judgeProbe(connection, refused, [])).toMatchObject({ to: { phase: 'held-active', heldFor: 'key-refused' } });
    const held = aConnection({ phase: 'held-active', heldFor: 'key-refused' });
    expect(judgeProbe(held, refused, []).kind).toBe('leave');
  });

  it('leaves what a person paused, and what is disconnected', () => {
    for (const phase of ['paused-active', 'paused-draft', 'disconnected'] as const)
      expect(judgeProbe(aConnection({ phase }), refused, []).kind).toBe('leave');
  });
});

describe('an accepted key', () => {
  it('changes nothing when nothing is new', () => {
    expect(judgeProbe(connection, accepted(), []).kind).toBe('leave');
  });

  it('brings back what was held, with what may be done now', () => {
    const held = { ...connection, phase: 'held-draft', heldFor: 'key-refused' } as const;
    expect(judgeProbe(held, accepted({ abilities: readsOnly }), [])).toMatchObject({
      to: { phase: 'draft', heldFor: null, abilities: readsOnly },
    });
  });

  it('publishes a withdrawn privilege, and does not hold for it', () => {
    const verdict = judgeProbe(connection, accepted({ abilities: readsOnly }), []);
    expect(verdict).toEqual({
      kind: 'change',
      to: { abilities: readsOnly },
      change: 'privileges-changed',
      details: {},
    });
  });

  it('holds when employees cannot be read, and stays held', () => {
    const verdict = judgeProbe(connection, accepted({ abilities: nothing }), []);
    expect(verdict).toMatchObject({ to: { phase: 'held-active', heldFor: 'privilege-missing', abilities: nothing } });
    const held = { ...connection, phase: 'held-active', heldFor: 'privilege-missing', abilities: nothing } as const;
    expect(judgeProbe(held, accepted({ abilities: nothing }), []).kind).toBe('leave');
  });

  it('tells what may be done also of what a person paused, which stays paused', () => {
    const paused = { ...connection, phase: 'paused-active' } as const;
    expect(judgeProbe(paused, accepted({ abilities: nothing }), [])).toMatchObject({ to: { abilities: nothing } });
    expect(judgeProbe(paused, accepted({ abilities: nothing }), [])).not.toHaveProperty('to.phase');
  });

  it('of another client is not this connection’s', () => {
    const verdict = judgeProbe(connection, accepted({ client: { id: 'other', name: 'Other' } }), []);
    expect(verdict).toMatchObject({ to: { heldFor: 'key-refused' } });
  });
});

describe('a fresh token that is refused', () => {
  const tokenRefused: Asked = { outcome: 'token-refused' };

  it('holds when another connection works or there is none, and is our own fault when others are refused', () => {
    for (const witnesses of [[], ['works'], ['refused', 'works']] as const)
      expect(judgeProbe(connection, tokenRefused, witnesses)).toMatchObject({
        to: { phase: 'held-active', heldFor: 'token-refused' },
      });
    expect(judgeProbe(connection, tokenRefused, ['refused']).kind).toBe('own-keys');
    expect(judgeProbe(connection, tokenRefused, ['unclear']).kind).toBe('leave');
  });

  it('leaves what is held already, for whatever reason', () => {
    const held = aConnection({ phase: 'held-active', heldFor: 'key-refused' });
    expect(judgeProbe(held, tokenRefused, []).kind).toBe('leave');
  });
});

it('what was restored from a backup waits for a person, whatever PowerOffice says', () => {
  const restored = aConnection({ phase: 'held-active', heldFor: 'restored' });
  for (const asked of [accepted(), refused, { outcome: 'token-refused' } as const])
    expect(judgeProbe(restored, asked, []).kind).toBe('leave');
});

it('a PowerOffice that does not answer says nothing about the key', () => {
  for (const outcome of ['unavailable', 'own-keys'] as const)
    expect(judgeProbe(connection, { outcome, code: 'x' }, []).kind).toBe('leave');
});
