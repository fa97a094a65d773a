import { randomUUID } from 'node:crypto';
import { supportedFields } from '@huma-poweroffice/contracts';
import { aHumaUser, bankAccountOf, eventually } from '@huma-poweroffice/testing';
import { PeopleQueries } from '../src/people/people-queries.js';
import { PeopleService } from '../src/people/people.service.js';
import { CommandRepository } from '../src/take-in/command-repository.js';
import { whileConnectionsRest } from '../src/take-in/scope-lock.js';
import { SendingWorld, Someone, type Connected } from './sending-world.js';

const world = new SendingWorld();
const commands = new CommandRepository();
beforeAll(() => world.start());
afterAll(() => world.stop());

const settled = (someone: Someone, status = 'up-to-date'): Promise<void> =>
  eventually(async () => {
    expect(await someone.status()).toMatchObject({ status });
  }, 15_000);
const settings = (change: { createUsers?: boolean; sendPositions?: boolean }) => ({
  settings: { createUsers: false, sendPositions: true, mail: { recipients: [], language: 'en' as const }, ...change },
});
const outcomes = async (someone: Someone): Promise<unknown[]> => {
  const rows = await world.query<{ value: { result: string; fields: string[]; problems: { code: string }[] } }>(
    `SELECT convert_from(value, 'utf8')::jsonb AS value FROM outbox WHERE key = $1 ORDER BY id`,
    [someone.userId],
  );
  return rows.map(({ value }) => [value.result, value.fields, value.problems.map(({ code }) => code)]);
};
const employ = (someone: Someone, organizationId: string, jobTitle: string, version = 1): Promise<void> =>
  world.database.transaction((tx) =>
    commands.applyEmployment(
      tx,
      {
        organizationId,
        userId: someone.userId,
        version,
        requestedAt: '2026-11-25T09:30:00.000Z',
        touched: true,
        facts: { startDate: '2026-01-01', endDate: null, jobTitle },
      },
      'command',
      null,
    ),
  );

describe('a privilege that PowerOffice says is missing', () => {
  it('is believed after three answers, and is tried again when the privileges change, not when a name does', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await connected.fault({ method: 'PATCH', times: 1000, misbehaviour: { kind: 'status', status: 403 } });
    await kari.edit({ givenName: 'Karin', phone: '+4740000077' });
    await settled(kari, 'partly-refused');
    await connected.change({ name: 'Another name' });
    await settled(kari, 'partly-refused');
    expect(await connected.writes()).toHaveLength(3);
    expect(await outcomes(kari)).toEqual([
      ['field-refused', ['givenName', 'phone'], ['not-permitted', 'not-permitted']],
    ]);
    await world.powerOffice.control('DELETE', '/faults');
    await connected.change({
      abilities: supportedFields.map((field) => ({ field, write: 'yes', compare: 'unknown' })),
    });
    await settled(kari);
    expect(await kari.employee()).toMatchObject({ FirstName: 'Karin', PhoneNumber: '+4740000077' });
  });

  it('blocks somebody new until the privileges change', async () => {
    const connected = await world.connect(settings({ createUsers: true }));
    await connected.fault({ method: 'POST', times: 1000, misbehaviour: { kind: 'status', status: 403 } });
    const kari = await connected.person();
    await settled(kari, 'blocked');
    await world.powerOffice.control('DELETE', '/faults');
    await connected.change({
      abilities: supportedFields.map((field) => ({ field, write: 'yes', compare: 'unknown' })),
    });
    await settled(kari);
    expect(await connected.allEmployees()).toHaveLength(1);
  });
});

describe('a value that cannot be sent', () => {
  it('is told, and so is that it was taken back', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    const { phone = null } = kari.user;
    await kari.edit({ phone: '12' });
    await settled(kari, 'partly-refused');
    await kari.edit({ phone });
    await settled(kari);
    await kari.edit({ employmentId: null });
    await settled(kari);
    expect(await outcomes(kari)).toEqual([
      ['field-refused', ['phone'], ['invalid-phone']],
      ['nothing-to-do', ['phone'], []],
      ['field-refused', ['employmentId'], ['missing-in-huma']],
    ]);
  });

  it('of somebody new is told although the employees had to be read first', async () => {
    const connected = await world.connect(settings({ createUsers: true }));
    const kari = await connected.person({ phone: '12' });
    await settled(kari, 'partly-refused');
    expect(await outcomes(kari)).toContainEqual(['field-refused', ['phone'], ['invalid-phone']]);
  });
});

it('a number that is taken is not tried again because somebody else was created, only when one is given up', async () => {
  const connected = await world.connect(settings({ createUsers: true }));
  const [kari, ola] = [await connected.linked(), await connected.linked()];
  await settled(kari);
  await settled(ola);
  await kari.edit({ employmentId: ola.user.employmentId ?? null });
  await settled(kari, 'partly-refused');
  const tried = async (): Promise<number> =>
    (await connected.writes()).filter(({ path }) => path.endsWith(`/${kari.employeeId}`)).length;
  expect(await tried()).toBe(1);
  await settled(await connected.person());
  await settled(kari, 'partly-refused');
  expect(await tried()).toBe(1);
});

it('somebody linked who is locked is told once, and again only after having been free', async () => {
  const connected = await world.connect();
  const kari = await connected.linked();
  await settled(kari);
  const locks = async (): Promise<number> => {
    await settled(kari, 'locked');
    await eventually(async () => {
      expect(await world.query('SELECT 1 FROM lane WHERE user_id = $1 AND wake_at IS NOT NULL', [kari.userId])).toEqual(
        [],
      );
    }, 5000);
    return (await outcomes(kari)).filter((outcome) => (outcome as unknown[])[0] === 'locked').length;
  };
  await kari.edit({ active: false });
  expect(await locks()).toBe(1);
  await kari.edit({ givenName: 'Karin' });
  expect(await locks()).toBe(1);
  await kari.edit({ active: true });
  await settled(kari);
  await kari.delete();
  expect(await locks()).toBe(2);
});

it('a change of a connection reaches also who is being decided for at that moment', async () => {
  const connected = await world.connect({
    abilities: supportedFields.map((field) => ({ field, write: field === 'phone' ? 'no' : 'yes', compare: 'yes' })),
  });
  const kari = await connected.linked();
  await settled(kari);
  await world.stopSending();
  await kari.edit({ phone: '+4740000066' });
  // A process decides by the abilities of before, while the connection changes.
  let changing: Promise<void> = Promise.resolve();
  await world.database.transaction(async (tx) => {
    await whileConnectionsRest(tx, [connected.organizationId]);
    await tx.query(
      `UPDATE lane SET due = false, wake_at = NULL, refused = '{phone not-permitted}', waits_for = '{privilege}' WHERE user_id = $1`,
      [kari.userId],
    );
    changing = connected.change({
      abilities: supportedFields.map((field) => ({ field, write: 'yes', compare: 'yes' })),
    });
    await eventually(async () => {
      const waiting = await world.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(waiting).toHaveLength(1);
    }, 5000);
  });
  await changing;
  await world.startSending();
  await settled(kari);
  expect(await kari.employee()).toMatchObject({ PhoneNumber: '+4740000066' });
});

describe('employment', () => {
  it('that came while positions were not sent is sent once they are', async () => {
    const connected = await world.connect(settings({ sendPositions: false }));
    const kari = await connected.linked();
    await employ(kari, connected.organizationId, 'Baker');
    await settled(kari);
    expect(await connected.writes()).toEqual([]);
    await connected.change(settings({ sendPositions: true }));
    await eventually(async () => {
      expect(await kari.employee()).toMatchObject({ JobTitle: 'Baker' });
    }, 5000);
  });

  it('is a matter of the person’s own organisation, whoever asks first', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await employ(kari, randomUUID(), 'Intruder', 9);
    await employ(kari, connected.organizationId, 'Baker', 1);
    await eventually(async () => {
      expect(await kari.employee()).toMatchObject({ JobTitle: 'Baker' });
    }, 5000);
  });
});

it('one person for whom nothing can be decided holds up nobody', async () => {
  const connected = await world.connect();
  const [broken, ola] = [await connected.linked(), await connected.linked()];
  await settled(broken);
  await settled(ola);
  await world.query('UPDATE person SET sensitive = $2 WHERE user_id = $1', [broken.userId, Buffer.from('nonsense')]);
  await world.query('UPDATE lane SET due = true, wake_at = now() - interval $$1 hour$$ WHERE user_id = $1', [
    broken.userId,
  ]);
  await ola.edit({ givenName: 'Olai' });
  await settled(ola);
  expect(await ola.employee()).toMatchObject({ FirstName: 'Olai' });
});

it('one connection whose lanes cannot be opened holds up no other', async () => {
  const [locked, other] = [await world.connect(), await world.connect()];
  const [kari, ola] = [await locked.linked(), await other.linked()];
  await settled(kari);
  await settled(ola);
  await world.query(
    'UPDATE lane SET state = $2, due = true, class = 0, wake_at = now() - interval $$1 hour$$ WHERE user_id = $1',
    [kari.userId, Buffer.from('nonsense')],
  );
  await ola.edit({ givenName: 'Olai' });
  await settled(ola);
  await world.query('UPDATE lane SET state = NULL, due = false, wake_at = NULL WHERE user_id = $1', [kari.userId]);
});

it('what was under way to a client that is left behind does not stay open in the audit', async () => {
  const connected = await world.connect();
  const kari = await connected.linked();
  await settled(kari);
  await connected.fault({ method: 'PATCH', times: 1, misbehaviour: { kind: 'hang' } });
  await kari.edit({ givenName: 'Karin' });
  await settled(kari, 'sending');
  await connected.change({ client: { id: randomUUID(), name: 'Another company' }, state: 'draft', activatedAt: null });
  expect((await kari.audit()).map(({ result }) => result)).toEqual(['unknown']);
});

it('a salary account is settled by reading also when PowerOffice takes its time', async () => {
  const connected = await world.connect();
  const kari = await connected.linked();
  await settled(kari);
  await connected.fault({
    method: 'PATCH',
    path: 'BankAccounts',
    times: 1,
    misbehaviour: { kind: 'lose-answer' },
  });
  await connected.fault({ method: 'GET', path: kari.employeeId, times: 1000, misbehaviour: { kind: 'slow', ms: 600 } });
  await kari.edit({ bankAccount: { type: 'national', country: 'NO', number: bankAccountOf(778) } });
  await settled(kari, 'unsettled');
  await settled(kari);
  await world.powerOffice.control('DELETE', '/faults');
  expect((await connected.writes()).filter(({ path }) => path.endsWith('BankAccounts'))).toHaveLength(1);
});

it('an account is not created twice because a list was not found', async () => {
  const connected = await world.connect();
  const kari = await connected.linked();
  await settled(kari);
  const path = 'ContactBankAccounts';
  await connected.fault({ method: 'POST', path, times: 1, misbehaviour: { kind: 'lose-answer' } });
  await kari.edit({ bankAccount: { type: 'national', country: 'NO', number: bankAccountOf(779) } });
  await settled(kari, 'unsettled');
  await connected.fault({ method: 'GET', path, times: 1, misbehaviour: { kind: 'status', status: 404 } });
  await settled(kari);
  expect((await connected.writes()).filter(({ method }) => method === 'POST')).toHaveLength(1);
});

it('a look at the employees that broke off lets another one begin at once', async () => {
  const connected = await world.connect();
  await world.stopSending();
  const { connector, sending } = world;
  const given = connector.acquirePermit.bind(connector);
  connector.acquirePermit = () => Promise.reject(new Error('connector-config is away'));
  sending.knowledge.refreshEmployees(connected.id);
  await eventually(async () => {
    const sql = 'SELECT refreshing_until AS until FROM client_knowledge WHERE connection_id = $1';
    expect(await world.query(sql, [connected.id])).toEqual([{ until: null }]);
  }, 5000);
  connector.acquirePermit = given;
  await world.startSending();
});

it('what was found by our reference alone is in the audit', async () => {
  const connected = await world.connect(settings({ createUsers: true }));
  const userId = randomUUID();
  await connected.employees([
    { FirstName: 'Kari', LastName: 'N', EmailAddress: 'found@example.com', ExternalImportReference: userId },
  ]);
  const kari = new Someone(connected, userId, aHumaUser({ email: 'found@example.com' }));
  await kari.edit({});
  await eventually(async () => {
    expect((await kari.audit()).map(({ result }) => result)).toContain('linked');
  }, 10_000);
});

it.each(['lanes', 'audit'])('a cursor of another list is a mistake of who asks for %s', async (list) => {
  const connected: Connected = await world.connect();
  const { database, sending } = world;
  const { lanes, worlds, audit } = sending;
  const service = new PeopleService(database, new PeopleQueries(database), lanes, worlds, audit);
  const cursor = Buffer.from(JSON.stringify(['not-a-place'])).toString('base64url');
  const asked =
    list === 'lanes'
      ? service.list(connected.organizationId, connected.id, { limit: 5 }, cursor)
      : service.auditPage(connected.organizationId, connected.id, { limit: 5 }, cursor);
  await expect(asked).rejects.toMatchObject({ status: 400 });
});
