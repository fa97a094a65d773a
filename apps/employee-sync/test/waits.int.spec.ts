import { bankAccountOf, eventually } from '@huma-poweroffice/testing';
import { SendingWorld, type Connected, type Someone } from './sending-world.js';

const world = new SendingWorld();
beforeAll(() => world.start());
afterEach(() => world.powerOffice.control('DELETE', '/faults'));
afterAll(() => world.stop());

const createUsers = { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'en' as const } };
const settled = (someone: Someone, status = 'up-to-date', reason?: string): Promise<void> =>
  eventually(async () => {
    expect(await someone.status()).toMatchObject({ status, ...(reason !== undefined && { reason }) });
  }, 20_000);
const accountOf = (n: number): { type: 'national'; country: string; number: string } => ({
  type: 'national',
  country: 'NO',
  number: bankAccountOf(n),
});
const requests = async (connected: Connected, method: string, path: RegExp): Promise<number> =>
  (await world.powerOffice.requests()).filter(
    (r) => r.clientId === connected.clientId && r.method === method && path.test(r.path),
  ).length;
interface Published {
  readonly result: string;
  readonly userId: string;
  readonly problems: readonly { readonly code: string; readonly actor: string; readonly detail: string | null }[];
}
const published = async (someone: Someone): Promise<Published[]> =>
  (
    await world.query<{ value: Published }>(
      `SELECT convert_from(value, 'UTF8')::jsonb AS value FROM outbox
        WHERE convert_from(value, 'UTF8')::jsonb->>'userId' = $1 ORDER BY id`,
      [someone.userId],
    )
  ).map(({ value }) => value);
const codes = async (someone: Someone): Promise<string[]> =>
  (await published(someone)).flatMap(({ problems }) => problems.map(({ code }) => code));

describe('an answer that is not about the person', () => {
  it.each([
    ['a success that cannot be read', { kind: 'broken-body', form: 'html' }],
    ['a success without a body', { kind: 'broken-body', form: 'empty' }],
    ['half of a success', { kind: 'broken-body', form: 'truncated' }],
    ['a page instead of a success', { kind: 'page', status: 200 }],
    ['a page that forbids', { kind: 'page', status: 403 }],
    ['a page that finds nothing', { kind: 'page', status: 404 }],
    ["the gateway's 403", { kind: 'gateway', status: 403 }],
    ["the gateway's 404", { kind: 'gateway', status: 404 }],
    ["PowerOffice's own 404, once", { kind: 'status', status: 404 }],
    ["PowerOffice's own 403, once", { kind: 'status', status: 403 }],
  ])('blames nobody, and the change arrives: %s', async (_, misbehaviour) => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await connected.fault({ method: 'PATCH', times: 2, misbehaviour });
    await kari.edit({ givenName: 'Changed' });
    await eventually(async () => {
      expect(await kari.employee()).toMatchObject({ FirstName: 'Changed' });
    }, 20_000);
    await settled(kari);
    expect(await codes(kari)).toEqual([]);
  });

  it('leaves no older value behind when the next request is lost', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await connected.fault({ method: 'PATCH', times: 1, misbehaviour: { kind: 'broken-body' } });
    await kari.edit({ givenName: 'First' });
    await settled(kari);
    await connected.fault({ method: 'PATCH', times: 1, misbehaviour: { kind: 'hang' } });
    await kari.edit({ givenName: 'Second' });
    await eventually(async () => {
      expect(await kari.employee()).toMatchObject({ FirstName: 'Second' });
    }, 20_000);
    expect((await kari.lane()).fields.givenName).not.toHaveProperty('note');
  });

  it('makes no second account, whatever the lag', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await world.powerOffice.control('PATCH', '/behaviour', { readLagMs: 150 });
    await connected.fault({
      method: 'POST',
      path: 'ContactBankAccounts',
      times: 2,
      misbehaviour: { kind: 'broken-body' },
    });
    await kari.edit({ bankAccount: accountOf(141_366) });
    await settled(kari);
    await world.powerOffice.control('PATCH', '/behaviour', { readLagMs: 0 });
    expect(await requests(connected, 'POST', /ContactBankAccounts/)).toBe(1);
  });
});

describe('a refusal', () => {
  it('of a read is reported after three answers, and not asked for at full speed', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await connected.fault({
      method: 'GET',
      path: 'ContactBankAccounts',
      misbehaviour: { kind: 'status', status: 403 },
    });
    await kari.edit({ bankAccount: accountOf(141_367), givenName: 'Sent' });
    await settled(kari, 'partly-refused', 'bankAccount not-permitted');
    expect(await codes(kari)).toEqual(['not-permitted']);
    expect(await kari.employee()).toMatchObject({ FirstName: 'Sent' });
    expect(await requests(connected, 'GET', /ContactBankAccounts/)).toBe(3);
    expect(world.connector.refusals).toContain('waits-for-privilege');
  });

  it("publishes PowerOffice's words without any value of the person", async () => {
    const connected = await world.connect();
    const kari = await connected.linked({ givenName: 'Kari', familyName: 'Lekkasje', birthDate: '1980-01-02' });
    await settled(kari);
    const body = JSON.stringify({
      Status: 400,
      Title: 'Bad Request',
      Detail: `Validation failed for Kari Lekkasje, ${kari.user.email}, born 2 January 1980: O'Brien is not a valid LastName`,
    });
    await connected.fault({ method: 'PATCH', misbehaviour: { kind: 'status', status: 400, body } });
    await kari.edit({ familyName: "O'Brien" });
    await settled(kari, 'partly-refused');
    const [outcome] = (await published(kari)).filter(({ result }) => result === 'field-refused');
    const detail = outcome?.problems[0]?.detail ?? '';
    expect(detail).toContain('Validation failed');
    for (const value of ['Kari', 'Lekkasje', "O'Brien", kari.user.email, '1980']) expect(detail).not.toContain(value);
  });
});

describe('newcomers with the same email', () => {
  it('are not created twice: deleted and entered again within seconds', async () => {
    const connected = await world.connect({ settings: createUsers });
    const first = await connected.person({ email: 'feil@example.com' });
    await settled(first);
    await first.delete();
    const second = await connected.person({ email: 'Feil@example.com' });
    await settled(second, 'blocked', 'email-exists');
    expect(await connected.allEmployees()).toHaveLength(1);
  });

  it('are not created twice: two at the same moment', async () => {
    const connected = await world.connect({ settings: createUsers });
    const people = await Promise.all([1, 2, 3].map(() => connected.person({ email: 'same@example.com' })));
    await eventually(async () => {
      const statuses = await Promise.all(people.map((person) => person.status()));
      expect(statuses.map(({ status }) => status).sort()).toEqual(['blocked', 'blocked', 'up-to-date']);
    }, 20_000);
    expect(await connected.allEmployees()).toHaveLength(1);
  });

  it('are not created twice by two processes whose answers are lost at times', async () => {
    const another = await world.anotherProcess();
    const connected = await world.connect({ settings: createUsers });
    for (const kind of ['lose-answer', 'broken-body'])
      await connected.fault({ method: 'POST', path: '/Employees', probability: 0.2, misbehaviour: { kind } });
    const emails = Array.from({ length: 12 }, (_, n) => `shared${String(n)}@example.com`);
    const people = await Promise.all(
      emails.flatMap((email) => [email, email.toUpperCase(), email].map((spelt) => connected.person({ email: spelt }))),
    );
    await eventually(async () => {
      const statuses = await Promise.all(people.map((person) => person.status()));
      const counts = (status: string): number => statuses.filter((s) => s.status === status).length;
      expect([counts('up-to-date'), counts('blocked')]).toEqual([12, 24]);
    }, 45_000);
    await another.stop();
    expect(await connected.allEmployees()).toHaveLength(emails.length);
  });

  it('are created once the other one has another email, by our own record of that', async () => {
    const connected = await world.connect({ settings: createUsers });
    const first = await connected.person({ email: 'rolle@example.com' });
    await settled(first);
    const second = await connected.person({ email: 'rolle@example.com' });
    await settled(second, 'blocked', 'email-exists');
    await first.edit({ email: 'kari.ny@example.com' });
    await settled(first);
    await settled(second);
    expect(await connected.allEmployees()).toHaveLength(2);
  });

  it('do not make requests without end when the index remembers an employee that is gone', async () => {
    const connected = await world.connect({ settings: createUsers });
    const kari = await connected.person();
    await settled(kari);
    const employee = await kari.employee();
    await world.powerOffice.control('DELETE', `/clients/${connected.clientId}/employees/${String(employee.Id)}`);
    // As after a restore of our database: the person is wanted, and the index says that our employee is there.
    await world.query(
      `UPDATE lane SET state = NULL, linked_employee = NULL, is_new = true, due = true, wake_at = now()
        WHERE connection_id = $1`,
      [connected.id],
    );
    world.sending.dispatcher.wake();
    await eventually(async () => {
      expect(await connected.allEmployees()).toHaveLength(1);
      expect(await kari.status()).toMatchObject({ status: 'up-to-date' });
    }, 20_000);
    expect(await requests(connected, 'GET', /externalImportReference/i)).toBeLessThanOrEqual(3);
  });
});

describe('an employee of ours that somebody else is linked to', () => {
  const lost = async (connected: Connected): Promise<Someone> => {
    const kari = await connected.person();
    await settled(kari);
    return kari;
  };
  /** Somebody whom nobody wants in PowerOffice. */
  const unwanted = async (connected: Connected): Promise<Someone> => {
    await connected.change({ settings: { ...createUsers, createUsers: false } });
    const someone = await connected.person();
    await connected.change({ settings: createUsers });
    return someone;
  };
  /** As after a restore: who is linked to the employee of `kari` now is `other`, and `kari` is wanted. */
  const hold = async (connected: Connected, kari: Someone, other: Someone): Promise<void> => {
    const { Id } = await kari.employee();
    await world.query(
      `UPDATE lane SET state = NULL, linked_employee = NULL, is_new = true WHERE connection_id = $1 AND user_id = $2`,
      [connected.id, kari.userId],
    );
    await other.link(String(Id));
  };

  it('is taken over from somebody who was deleted', async () => {
    const connected = await world.connect({ settings: createUsers });
    const kari = await lost(connected);
    const other = await unwanted(connected);
    await hold(connected, kari, other);
    await other.delete();
    await kari.edit({ phone: '+4740000055' });
    await settled(kari);
    expect((await other.lane()).link).toBeNull();
    await kari.edit({ givenName: 'Found' });
    await settled(kari);
    expect(await kari.employee()).toMatchObject({ FirstName: 'Found' });
  });

  it('is not taken from somebody who lives', async () => {
    const connected = await world.connect({ settings: createUsers });
    const kari = await lost(connected);
    const other = await unwanted(connected);
    await hold(connected, kari, other);
    await kari.edit({ givenName: 'Found' });
    await settled(kari, 'blocked', 'conflict');
    expect((await other.lane()).link).not.toBeNull();
  });
});

describe('a list of employees that cannot be read', () => {
  it('blocks newcomers with its reason, is not asked for again and again, and ends when it can be read', async () => {
    const connected = await world.connect({ settings: createUsers });
    await connected.fault({ method: 'GET', path: '/Employees', misbehaviour: { kind: 'status', status: 403 } });
    const kari = await connected.person();
    await settled(kari, 'blocked', 'not-permitted');
    expect(await codes(kari)).toEqual(['not-permitted']);
    expect(await requests(connected, 'GET', /Employees/)).toBe(1);
    await world.powerOffice.control('DELETE', '/faults');
    world.sending.knowledge.refreshEmployees(connected.id, 'asked');
    await settled(kari);
  });
});

describe('a mistake of ours', () => {
  it('holds only the lane that cannot be opened, and ends with the next start', async () => {
    const connected = await world.connect();
    const [kari, per] = [await connected.linked(), await connected.linked()];
    await settled(kari);
    await settled(per);
    const [row] = await world.query<{ state: Buffer }>('SELECT state FROM lane WHERE user_id = $1', [kari.userId]);
    await world.query("UPDATE lane SET state = '\\x02' WHERE user_id = $1", [kari.userId]);
    await kari.edit({ givenName: 'Held' });
    await per.edit({ givenName: 'Sent' });
    await settled(per);
    await settled(kari, 'blocked', 'internal-error');
    await world.query('UPDATE lane SET state = $2 WHERE user_id = $1', [kari.userId, row?.state]);
    await world.database.transaction((tx) => world.sending.lanes.retryInternalErrors(tx));
    await eventually(async () => {
      expect(await kari.employee()).toMatchObject({ FirstName: 'Held' });
    }, 20_000);
  });

  it('is never repeated at full speed, also not with an attempt whose lease has run out', async () => {
    const connected = await world.connect();
    const kari = await connected.linked({ bankAccount: accountOf(141_368) });
    await settled(kari);
    await connected.fault({ method: 'PATCH', times: 1, misbehaviour: { kind: 'hang' } });
    await kari.edit({ givenName: 'Unknown' });
    await eventually(async () => {
      expect((await kari.lane()).attempt).not.toBeNull();
    });
    await world.query("UPDATE person SET sensitive = '\\x02' WHERE user_id = $1", [kari.userId]);
    // Not before the lease is over and something has been tried.
    await eventually(async () => {
      expect((await kari.lane()).retry?.reason).toBe('internal-error');
    }, 20_000);
    await eventually(async () => {
      const late = 'SELECT 1 FROM lane WHERE user_id = $1 AND wake_at > now()';
      expect(await world.query(late, [kari.userId])).toHaveLength(1);
    });
    const { retry } = await kari.lane();
    expect(retry?.count).toBeLessThan(6);
  });
});

describe('a database that went back', () => {
  it('overwrites nothing that a clerk entered since, and sends what Huma changed since', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    const [backup] = await world.query<{ state: Buffer }>('SELECT state FROM lane WHERE user_id = $1', [kari.userId]);
    await kari.edit({ givenName: 'Since', phone: '+4740000098' });
    await settled(kari);
    await connected.clerk(kari.employeeId, { FirstName: 'Clerk' });
    await world.query('UPDATE lane SET state = $2, judge_first = true WHERE user_id = $1', [
      kari.userId,
      backup?.state,
    ]);
    await kari.edit({ familyName: 'Newest' });
    await settled(kari);
    expect(await kari.employee()).toMatchObject({ FirstName: 'Clerk', LastName: 'Newest', PhoneNumber: '+4740000098' });
    expect(await codes(kari)).toEqual(['kept-foreign-value']);
    expect((await kari.lane()).judgeFirst).toBe(false);
  });
});
