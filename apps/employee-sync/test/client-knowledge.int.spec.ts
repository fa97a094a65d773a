import { randomUUID } from 'node:crypto';
import { aHumaUser, eventually, type LoggedRequest } from '@huma-poweroffice/testing';
import { EmployeeIndex, type EnteredEmployee } from '../src/client-knowledge/employee-index.js';
import type { IndexedEmployee } from '../src/client-knowledge/index-rows.js';
import { lookIntoIndex, type IndexLook } from '../src/client-knowledge/index-look.js';
import { SeriesRepository } from '../src/client-knowledge/number-series.js';
import type { Refresh } from '../src/client-knowledge/refresh.js';
import { SendingWorld, type Connected, type Someone } from './sending-world.js';

const LAG_MS = 60_000;
const world = new SendingWorld();
let index: EmployeeIndex;
let series: SeriesRepository;
beforeAll(async () => {
  await world.start();
  index = new EmployeeIndex(world.database, LAG_MS);
  series = new SeriesRepository(world.database);
  // Nothing is sent here: lanes are looked at.
  await world.stopSending();
});
afterAll(async () => {
  await world.startSending();
  await world.stop();
});
afterEach(() => world.powerOffice.control('DELETE', '/faults'));

const employee = (id: number, change: Partial<IndexedEmployee> = {}): IndexedEmployee => ({
  id: String(id),
  emailAddress: `${String(id)}@example.com`,
  externalImportReference: null,
  isArchived: false,
  lastChangedDateTimeOffset: '2026-11-25T09:30:00',
  ...change,
});
const page = (...items: IndexedEmployee[]) => ({ items, unreadable: [] as { id: string }[] });
const begin = async (connected: Connected, who: 'newcomer' | 'waiting' | 'asked' = 'asked'): Promise<Refresh> => {
  const refresh = await index.begin(connected.id, connected.clientId, who);
  if (!refresh) throw new Error('There is no turn');
  return refresh;
};
/** Everybody, or what has changed, read by a refresh. */
const refreshed = async (connected: Connected, ...items: IndexedEmployee[]): Promise<Refresh> => {
  const refresh = await begin(connected);
  await index.savePage(refresh, page(...items));
  await index.end(refresh);
  return refresh;
};
const known = async (connected: Connected): Promise<unknown[]> => {
  const rows = await world.query<{ id: string }>(
    'SELECT employee_id AS id FROM client_employee WHERE connection_id = $1 ORDER BY employee_id',
    [connected.id],
  );
  return rows.map(({ id }) => id);
};
const look = (connected: Connected, ...emails: string[]): Promise<IndexLook> =>
  lookIntoIndex(world.database, connected.id, emails);
const found = async (connected: Connected, email: string): Promise<string[]> =>
  (await look(connected, email)).found.map(({ employeeId }) => employeeId);
const enter = (connected: Connected, entered: Partial<EnteredEmployee>): Promise<void> =>
  world.database.transaction((tx) =>
    index.entered(tx, connected.id, { employeeId: '1', email: null, reference: null, archived: false, ...entered }),
  );
const forget = (connected: Connected): Promise<unknown> =>
  world.query(
    `UPDATE client_knowledge SET employees_as_of = employees_as_of - interval '2 minutes',
            employees_retry_at = NULL, employees_look_at = NULL WHERE connection_id = $1`,
    [connected.id],
  );
const blocked = async (someone: Someone, reason: string, linked: number | null = null): Promise<void> => {
  await world.query(
    `UPDATE lane SET due = false, wake_at = NULL, blocked_reason = $2, linked_employee = $3::bigint, is_new = $3::bigint IS NULL,
            waits_for = ARRAY[$4]
      WHERE user_id = $1`,
    [someone.userId, reason, linked, reason === 'email-exists' ? 'freed-email' : 'employees-list'],
  );
};
const isDue = async (someone: Someone): Promise<boolean> => {
  const [row] = await world.query<{ due: boolean }>(
    'SELECT due AND wake_at <= now() AS due FROM lane WHERE user_id = $1',
    [someone.userId],
  );
  return row?.due ?? false;
};
const listed = async (connected: Connected): Promise<LoggedRequest[]> =>
  (await world.powerOffice.requests()).filter(
    (r) => r.clientId === connected.clientId && r.path.includes('/Employees'),
  );
const pausedFor = async (connected: Connected, column: string): Promise<number> => {
  const sql = `SELECT round(extract(epoch FROM ${column} - clock_timestamp()))::int AS seconds FROM client_knowledge WHERE connection_id = $1`;
  const [row] = await world.query<{ seconds: number }>(sql, [connected.id]);
  return row?.seconds ?? NaN;
};
const another = { id: randomUUID(), name: 'Another' };

describe('a refresh', () => {
  it('asks nothing with a token of another client', async () => {
    const connected = await world.connect();
    const before = connected.clientId;
    expect(await world.sending.tokens.get(connected.id)).toMatchObject({ clientId: before });
    await connected.change({ client: another });
    world.sending.knowledge.refreshEmployees(connected.id);
    await world.sending.knowledge.look();
    expect((await world.powerOffice.requests()).filter(({ clientId }) => clientId === before)).toEqual([]);
    expect(await known(connected)).toEqual([]);
  });

  it('keeps nothing that comes late of an earlier client', async () => {
    const connected = await world.connect();
    const late = await begin(connected);
    await connected.change({ client: another });
    expect(await index.begin(connected.id, late.clientId, 'asked')).toBeNull();
    const today = await begin(connected);
    expect(await index.savePage(late, page(employee(1)))).toBe(false);
    await index.end(late);
    await index.fail(late, 'employees-unreadable');
    await index.release(late);
    expect(await index.begin(connected.id, another.id, 'asked')).toBeNull();
    await index.savePage(today, page(employee(2)));
    await index.end(today);
    expect(await known(connected)).toEqual(['2']);
  });

  it('takes over what was saved of an earlier client', async () => {
    const connected = await world.connect();
    await refreshed(connected, employee(1));
    await world.query('UPDATE client_knowledge SET client_id = $2 WHERE connection_id = $1', [
      connected.id,
      another.id,
    ]);
    expect(await look(connected, '1@example.com')).toMatchObject({ fresh: false });
    expect(await begin(connected)).toMatchObject({ changedAfter: null });
    expect(await known(connected)).toEqual([]);
  });

  it('ends only as its own, when another one began after it was silent for too long', async () => {
    const connected = await world.connect();
    const slow = await begin(connected);
    await world.query(
      "UPDATE client_knowledge SET refreshing_until = now() - interval '1 s' WHERE connection_id = $1",
      [connected.id],
    );
    const next = await begin(connected);
    await index.release(slow);
    expect(await index.savePage(slow, page(employee(1)))).toBe(false);
    await index.end(slow);
    expect(await index.begin(connected.id, connected.clientId, 'asked')).toBeNull();
    expect(await known(connected)).toEqual([]);
    await index.release(next);
    await begin(connected);
  });

  it('asks for changes since a day before the newest stamp, in PowerOffice’s own text, and once a day for everybody', async () => {
    const connected = await world.connect();
    const at = (lastChangedDateTimeOffset: string) => ({ lastChangedDateTimeOffset });
    await refreshed(connected, employee(1, at('2026-03-01 20:00:00.1234567')), employee(2, at('2026-02-28 23:00:00')));
    expect(await refreshed(connected, employee(2, at('2026-03-01 19:00:00')))).toMatchObject({
      changedAfter: '2026-02-28 20:00:00.1234567',
    });
    expect(await known(connected)).toEqual(['1', '2']);
    expect(await refreshed(connected)).toMatchObject({ changedAfter: '2026-02-28 20:00:00.1234567' });
    await world.query(
      "UPDATE client_knowledge SET employees_whole_at = now() - interval '25 h' WHERE connection_id = $1",
      [connected.id],
    );
    expect(await refreshed(connected, employee(2, { lastChangedDateTimeOffset: null }))).toMatchObject({
      changedAfter: null,
    });
    expect(await known(connected)).toEqual(['2']);
    expect(await begin(connected)).toMatchObject({ changedAfter: null });
  });

  it('misses nobody where stamps have no offset', async () => {
    const connected = await world.connect();
    await world.powerOffice.control('PATCH', '/behaviour', { offsets: false });
    await connected.employees([{ FirstName: 'A', LastName: 'B', EmailAddress: 'first@example.com' }]);
    const { knowledge } = world.sending;
    const isFound = (email: string): Promise<void> =>
      eventually(async () => {
        expect(await found(connected, email)).toHaveLength(1);
      });
    knowledge.refreshEmployees(connected.id, 'asked');
    await isFound('first@example.com');
    await connected.employees([{ FirstName: 'C', LastName: 'D', EmailAddress: 'typed@example.com' }]);
    await forget(connected);
    knowledge.refreshEmployees(connected.id, 'asked');
    await isFound('typed@example.com');
    const [whole, changes] = (await listed(connected)).map(({ path }) => new URL(path, 'http://x').searchParams);
    const since = 'lastChangedDateTimeOffsetGreaterThan';
    expect([whole?.get(since), changes?.get(since)]).toEqual([null, expect.stringMatching(/T[\d:.]{12}$/)]);
  });

  it('of a newcomer is made at most once a minute', async () => {
    const connected = await world.connect();
    await refreshed(connected);
    expect(await look(connected)).toMatchObject({ fresh: true, reason: null, failures: 0 });
    expect(await index.begin(connected.id, connected.clientId, 'newcomer')).toBeNull();
    await forget(connected);
    expect(await look(connected)).toMatchObject({ fresh: false });
    await begin(connected, 'newcomer');
  });

  it('keeps nobody from noting that the connection was served', async () => {
    const connected = await world.connect();
    const refresh = await begin(connected);
    await world.database.transaction(async (tx) => {
      await index.entered(tx, connected.id, { employeeId: '1', email: null, reference: null, archived: false });
      await world.sending.turns.served(world.database, connected.id);
      expect(await index.savePage(refresh, page(employee(2)))).toBe(true);
    });
  });

  it('takes emails of any length', async () => {
    const connected = await world.connect();
    const email = `${'a'.repeat(400)}${randomUUID().repeat(200)}@example.com`;
    await refreshed(connected, employee(1, { emailAddress: email }), employee(2, { emailAddress: `${email}b` }));
    expect(await found(connected, email)).toEqual(['1']);
  });

  it('of twenty thousand employees is written a thousand at a time', async () => {
    const connected = await world.connect();
    const many = Array.from({ length: 2500 }, (_, i) => employee(i + 1));
    const refresh = await begin(connected);
    await index.savePage(refresh, page(...many));
    const transactions = await world.query('SELECT DISTINCT xmin FROM client_employee WHERE connection_id = $1', [
      connected.id,
    ]);
    expect(transactions).toHaveLength(3);
    await index.end(refresh);
    expect(await known(connected)).toHaveLength(2500);
  });

  it('does not take a strikingly short list for an empty client, until the next one is as short', async () => {
    const connected = await world.connect();
    const all = Array.from({ length: 40 }, (_, i) => employee(i + 1));
    await refreshed(connected, ...all);
    const whole = async (...items: IndexedEmployee[]): Promise<void> => {
      await world.query('UPDATE client_knowledge SET employees_whole_at = NULL WHERE connection_id = $1', [
        connected.id,
      ]);
      await refreshed(connected, ...items);
    };
    await whole();
    expect(await known(connected)).toHaveLength(40);
    await whole(...all.slice(0, 30));
    expect(await known(connected)).toHaveLength(30);
    await whole(...all.slice(0, 3));
    await whole(...all.slice(0, 3));
    expect(await known(connected)).toHaveLength(3);
  });
});

describe('what we did ourselves', () => {
  it('is found at once, and outlives a refresh that may have read before it showed', async () => {
    const connected = await world.connect();
    await enter(connected, { employeeId: '7', email: ' Kari@BLÅ.no', reference: 'u7' });
    expect((await look(connected, 'kari@xn--bl-zia.no')).found).toEqual([
      { email: 'kari@xn--bl-zia.no', employeeId: '7', reference: 'u7', archived: false },
    ]);
    await refreshed(connected, employee(8));
    expect(await known(connected)).toEqual(['7', '8']);
    await forget(connected);
    await refreshed(connected, employee(7, { emailAddress: 'old@example.com' }));
    expect(await found(connected, 'old@example.com')).toEqual([]);
    await world.query(
      "UPDATE client_employee SET entered_at = entered_at - interval '2 minutes' WHERE employee_id = 7",
    );
    await refreshed(connected, employee(7, { emailAddress: 'new@example.com' }));
    expect(await found(connected, 'new@example.com')).toEqual(['7']);
  });

  it('is forgotten when a look-up does not find it', async () => {
    const connected = await world.connect();
    await enter(connected, { employeeId: '7', email: 'kari@example.com', reference: 'u7' });
    await world.database.transaction((tx) => index.removed(tx, connected.id, 'u7'));
    expect(await known(connected)).toEqual([]);
  });

  it('frees an email for who waits for it, in the same transaction', async () => {
    const connected = await world.connect();
    const [kari, ola] = [await connected.person(), await connected.person()];
    await enter(connected, { employeeId: '1', email: kari.user.email });
    await enter(connected, { employeeId: '2', email: ola.user.email, reference: 'u2' });
    await blocked(kari, 'email-exists');
    await blocked(ola, 'email-exists');
    await enter(connected, { employeeId: '1', email: 'else@example.com' });
    expect([await isDue(kari), await isDue(ola)]).toEqual([true, false]);
    await world.database.transaction((tx) => index.removed(tx, connected.id, 'u2'));
    expect(await isDue(ola)).toBe(true);
  });
});

describe('employees that cannot be read', () => {
  it('an unreadable entry counts as an unknown email, unless a lane is linked to it', async () => {
    const connected = await world.connect();
    const someone = await connected.person();
    await connected.fault({
      method: 'GET',
      path: '/Employees',
      misbehaviour: {
        kind: 'status',
        status: 200,
        body: JSON.stringify([
          { Id: 1, EmailAddress: 7 },
          { Id: 2, EmailAddress: 'b@x.no' },
        ]),
      },
      times: 1,
    });
    world.sending.knowledge.refreshEmployees(connected.id);
    await eventually(async () => {
      expect(await look(connected, 'b@x.no')).toMatchObject({ fresh: true, reason: null, hasUnknownEmail: true });
    });
    expect(await found(connected, 'b@x.no')).toEqual(['2']);
    await blocked(someone, 'up-to-date', 1);
    expect(await look(connected)).toMatchObject({ fresh: true, hasUnknownEmail: false });
  });

  it('an unreadable entry keeps the email that it had', async () => {
    const connected = await world.connect();
    await refreshed(connected, employee(1));
    const refresh = await begin(connected);
    await index.savePage(refresh, { items: [], unreadable: [{ id: '1' }] });
    await index.end(refresh);
    expect(await look(connected, '1@example.com')).toMatchObject({
      hasUnknownEmail: true,
      found: [{ employeeId: '1' }],
    });
  });

  it.each<[string, Record<string, unknown>, string, number]>([
    ['a row without an id', { status: 200, body: '[{"EmailAddress":"a@x.no"}]' }, 'employees-unreadable', 60],
    ['a page', { status: 200, body: '<html>' }, 'employees-unreadable', 60],
    ['no permission', { status: 403 }, 'not-permitted', 60],
    ['an outage', { status: 503 }, 'poweroffice-unavailable', 5],
  ])('%s is reported, and the next request is put off', async (_, answer, reason, seconds) => {
    const connected = await world.connect();
    const kari = await connected.person();
    await world.query(
      "UPDATE lane SET is_new = true, due = true, wake_at = now() + interval '1 hour' WHERE user_id = $1",
      [kari.userId],
    );
    await connected.fault({ method: 'GET', path: '/Employees', misbehaviour: { kind: 'status', ...answer } });
    world.sending.knowledge.refreshEmployees(connected.id);
    await eventually(async () => {
      expect(await look(connected)).toMatchObject({ fresh: false, reason, failures: 1 });
    });
    // The lane that waits is woken to see the reason.
    await eventually(async () => {
      expect(await isDue(kari)).toBe(true);
    });
    expect(await pausedFor(connected, 'employees_retry_at')).toBeLessThanOrEqual(seconds);
    expect(await pausedFor(connected, 'employees_retry_at')).toBeGreaterThan(seconds - 5);
    expect(await index.begin(connected.id, connected.clientId, 'newcomer')).toBeNull();
    expect(await listed(connected)).toHaveLength(1);

    // A person is not put off; the reason and its pauses end with the first success.
    await world.powerOffice.control('DELETE', '/faults');
    await blocked(kari, reason);
    world.sending.knowledge.refreshEmployees(connected.id, 'asked');
    await eventually(async () => {
      expect(await look(connected)).toMatchObject({ fresh: true, reason: null, failures: 0, failingSince: null });
    });
    await eventually(async () => {
      expect(await isDue(kari)).toBe(true);
    });
  });

  it('pauses grow while it goes on', async () => {
    const connected = await world.connect();
    const pauses: number[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      await index.fail(await begin(connected), 'employees-unreadable');
      pauses.push(Math.round((await pausedFor(connected, 'employees_retry_at')) / 60));
    }
    expect(pauses).toEqual([1, 4, 16]);
  });

  it('a list without end is none', async () => {
    const connected = await world.connect();
    const body = JSON.stringify(Array.from({ length: 10_000 }, (_, i) => ({ Id: i + 1 })));
    await connected.fault({ method: 'GET', path: '/Employees', misbehaviour: { kind: 'status', status: 200, body } });
    world.sending.knowledge.refreshEmployees(connected.id);
    await eventually(async () => {
      expect(await look(connected)).toMatchObject({ reason: 'employees-unreadable' });
    }, 30_000);
    expect(await listed(connected)).toHaveLength(2);
  });
});

describe('while somebody waits', () => {
  it('the employees are looked at, less and less often, and nobody is asked about otherwise', async () => {
    const connected = await world.connect();
    await world.sending.knowledge.look();
    expect(await listed(connected)).toEqual([]);
    const kari = await connected.person();
    await connected.employees([{ FirstName: 'K', LastName: 'N', EmailAddress: kari.user.email }]);
    await blocked(kari, 'email-exists');
    const pauses: number[] = [];
    for (let looks = 0; looks < 3; looks += 1) {
      await world.sending.knowledge.look();
      await eventually(async () => {
        expect(await listed(connected)).toHaveLength(looks + 1);
      });
      await world.sending.knowledge.look();
      pauses.push(Math.round((await pausedFor(connected, 'employees_look_at')) / 60));
      expect(await isDue(kari)).toBe(false);
      await forget(connected);
    }
    expect(pauses).toEqual([2, 4, 8]);
    expect(await listed(connected)).toHaveLength(3);
  });

  it('an email that a clerk frees wakes who waits for it', async () => {
    const connected = await world.connect();
    const kari = await connected.person();
    const [other] = await connected.employees([{ FirstName: 'K', LastName: 'N', EmailAddress: kari.user.email }]);
    await blocked(kari, 'email-exists');
    await world.sending.knowledge.look();
    expect(await isDue(kari)).toBe(false);
    await connected.clerk(String(other?.Id), { EmailAddress: 'else@example.com' });
    await forget(connected);
    await world.sending.knowledge.look();
    expect(await isDue(kari)).toBe(true);
  });

  it('an employee that was restored wakes the lane that is linked to it', async () => {
    const connected = await world.connect();
    const kari = await connected.linked({}, { IsArchived: true });
    await blocked(kari, 'employee-archived', Number(kari.employeeId));
    await world.sending.knowledge.look();
    expect(await isDue(kari)).toBe(false);
    await connected.clerk(kari.employeeId, { IsArchived: false });
    await forget(connected);
    await world.sending.knowledge.look();
    expect(await isDue(kari)).toBe(true);
  });
});

describe('number series', () => {
  const claimed = async (connected: Connected) =>
    (await series.claim(100)).find(({ connectionId }) => connectionId === connected.id);
  const waits = (someone: Someone): Promise<unknown> =>
    world.query("UPDATE lane SET due = false, wake_at = NULL, waits_for = '{number-series}' WHERE user_id = $1", [
      someone.userId,
    ]);

  it('are read when there is something to send, once for all replicas, and again only while somebody waits', async () => {
    const connected = await world.connect();
    expect(await claimed(connected)).toBeUndefined();
    const kari = await connected.person(aHumaUser());
    await world.query('UPDATE lane SET wake_at = now() WHERE user_id = $1', [kari.userId]);
    const claims = await Promise.all([claimed(connected), claimed(connected), claimed(connected)]);
    const [reading, ...others] = claims.filter((claim) => claim !== undefined);
    expect(others).toEqual([]);
    await series.save(reading!, [{ from: '1', to: '9' }]);
    const old = "UPDATE client_knowledge SET series_as_of = now() - interval '61 minutes' WHERE connection_id = $1";
    await world.query(old, [connected.id]);
    expect(await claimed(connected)).toBeUndefined();
    await waits(kari);
    const again = await claimed(connected);
    await series.save(again!, [{ from: '1', to: '9' }]);
    expect(await isDue(kari)).toBe(false);
    expect(await claimed(connected)).toBeUndefined();
    await world.query(old, [connected.id]);
    await series.save((await claimed(connected))!, [{ from: '1', to: '99' }]);
    expect(await isDue(kari)).toBe(true);
  });

  it('that cannot be read are asked for less and less often', async () => {
    const connected = await world.connect();
    await waits(await connected.person());
    const pauses: number[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await claimed(connected)).toBeDefined();
      pauses.push(Math.round((await pausedFor(connected, 'series_ask_at')) / 60));
      await world.query('UPDATE client_knowledge SET series_ask_at = now() WHERE connection_id = $1', [connected.id]);
    }
    expect(pauses).toEqual([5, 10, 20]);
  });

  it('are kept as unknown where they are not permitted', async () => {
    const connected = await world.connect();
    await waits(await connected.person());
    await connected.fault({ method: 'GET', path: '/SubLedger', misbehaviour: { kind: 'status', status: 403 } });
    await world.sending.knowledge.look();
    const sql = 'SELECT series, series_as_of IS NOT NULL AS known FROM client_knowledge WHERE connection_id = $1';
    await eventually(async () => {
      expect(await world.query(sql, [connected.id])).toEqual([{ series: null, known: true }]);
    });
  });
});
