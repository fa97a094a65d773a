import { aConnection } from '../../test/a-connection.js';
import { decided, edit, finishRun, move } from './decisions.js';

const NOW = Date.parse('2026-11-25T12:00:00Z');

describe('an edit', () => {
  it('changes only what differs, and tells before and after', () => {
    const connection = aConnection({ name: 'Oslo' });
    expect(edit(connection, { name: 'Bergen', group: connection.group })).toMatchObject({
      to: { name: 'Bergen' },
      change: 'edited',
      details: { name: { from: 'Oslo', to: 'Bergen' } },
    });
  });

  it('tells of mail recipients only that they changed', () => {
    const { settings } = aConnection();
    const decision = edit(aConnection(), {
      settings: { ...settings, mail: { language: 'en', recipients: ['a@b.no'] } },
    });
    expect(JSON.stringify(decision?.details)).not.toContain('a@b.no');
    expect(Object.keys(decision!.details)).toEqual(['settings.mail.language', 'settings.mail.recipients']);
  });

  it('of what is already so is none', () => {
    const connection = aConnection();
    expect(edit(connection, JSON.parse(JSON.stringify(connection)) as typeof connection)).toBeNull();
  });
});

describe('a move', () => {
  it('forgets why it was held', () => {
    const held = aConnection({ phase: 'held-active', heldFor: 'key-refused' });
    expect(decided(held, move(held, 'recover')!, NOW)).toMatchObject({ phase: 'active', heldFor: null, version: 2 });
  });

  it('to another client begins anew', () => {
    const active = aConnection({ phase: 'active', activatedAt: NOW });
    const client = { id: 'other', name: 'Other AS' };
    expect(decided(active, move(active, 'start-anew', { client })!, NOW)).toMatchObject({
      phase: 'draft',
      activatedAt: null,
      client,
    });
  });

  it('that is not allowed is none', () => {
    expect(move(aConnection({ phase: 'disconnected' }), 'resume')).toBeNull();
  });
});

describe('a finished run', () => {
  const draft = aConnection({ phase: 'draft' });

  it('activates a draft, once', () => {
    const active = decided(draft, finishRun(draft, draft.client.id, NOW)!, NOW);
    expect(active).toMatchObject({ phase: 'active', activatedAt: NOW });
    expect(finishRun(active, draft.client.id, NOW)).toBeNull();
  });

  it('activates when the caller does not say whose it was, and not when it was another client’s', () => {
    expect(finishRun(draft, null, NOW)).not.toBeNull();
    expect(finishRun(draft, 'other', NOW)).toBeNull();
  });

  it('of a connection that is disconnected changes nothing', () => {
    expect(finishRun(aConnection({ phase: 'disconnected' }), null, NOW)).toBeNull();
  });
});
