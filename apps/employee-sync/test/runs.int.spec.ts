import { randomUUID } from 'node:crypto';
import { createLogger } from '@huma-poweroffice/platform';
import { aHumaUser, eventually } from '@huma-poweroffice/testing';
import { by, everybody, execute, inState, reviewed, RunsWorld, timesLinked } from './runs-world.js';
import type { Connected, Someone } from './sending-world.js';

const world = new RunsWorld();
beforeAll(() => world.start());
afterEach(() => world.stopProcesses());
afterAll(() => world.stop());

/** The process dies in the middle of so many-th chunk, before it commits. */
const failingAt = (chunk: number): typeof world.sending => {
  let written = 0;
  const linked: typeof world.sending.journal.linked = async (...args) => {
    await world.sending.journal.linked(...args);
    written += 1;
    if (written === chunk) throw new Error('the process dies before the commit');
  };
  return { ...world.sending, journal: Object.assign(Object.create(world.sending.journal), { linked }) };
};

const place = async (someone: Someone): Promise<{ class: number; due: boolean; cause: string }> => {
  const [row] = await world.query<{ class: number; due: boolean; cause: string }>(
    'SELECT class, due, cause FROM lane WHERE connection_id = $1 AND user_id = $2',
    [someone.connected.id, someone.userId],
  );
  return row!;
};

describe('a first run of sixty people', () => {
  const company = randomUUID();
  const location = randomUUID();
  const here = { companies: [company] };
  let connected: Connected;
  let other: Connected;
  let byEmail: Someone[];
  let foreign: Someone;
  let byReference: Someone;
  let both: Someone;

  beforeAll(async () => {
    connected = await world.draft({ group: { type: 'company', id: company } });
    other = await world.connect({
      organizationId: connected.organizationId,
      name: 'Oslo',
      group: { type: 'location', id: location },
    });
    byEmail = [];
    for (let n = 0; n < 41; n += 1) byEmail.push(await world.inBoth(connected, here));
    both = await world.inBoth(connected, { ...here, locations: [location], givenName: 'Åse', familyName: 'Øy' });
    byReference = await connected.person(here);
    const [carries] = await connected.employees([
      { FirstName: 'A', LastName: 'B', ExternalImportReference: byReference.userId },
    ]);
    byReference.employeeId = String(carries?.Id);
    foreign = await world.inBoth(connected, here, { ExternalImportReference: 'their-17' });
    await connected.linked({ ...here, familyName: 'Linked' }, { Number: null });
    await connected.person({ ...here, familyName: 'Only Huma' });
    for (const name of ['One', 'Two'])
      await connected.employees([{ FirstName: name, LastName: 'Onlythere', EmailAddress: `${name}@there.no` }]);
    await connected.employees([{ FirstName: 'Without', LastName: 'Email' }]);
    const twice = await world.inBoth(connected, here);
    await connected.employees([{ FirstName: 'Double', LastName: 'One', EmailAddress: twice.user.email }]);
    const locked = await world.inBoth(connected, here);
    await locked.edit({ active: false });
    const deleted = await connected.linked(here, { Number: null });
    await deleted.delete();
    const left = await connected.linked(here, { Number: null });
    await left.edit({ companies: [] });
    await world.inBoth(connected, here, { IsArchived: true });
    const elsewhere = await world.connect({ group: null });
    await elsewhere.person(here);
  });

  it('collects in two requests, and says of everybody why they are where they are', async () => {
    const runs = world.started();
    const { id, counts, plan, problems, overlap } = await reviewed(runs, connected);
    expect(counts).toEqual({
      'will-link': 44,
      linked: 1,
      'only-in-huma': 1,
      'only-in-poweroffice': 3,
      ambiguous: 3,
      locked: 1,
      'deleted-in-huma': 1,
      'out-of-scope': 1,
      archived: 1,
    });
    expect({ plan, problems, overlap }).toEqual({ plan: null, problems: [], overlap: 1 });
    const lists = (await world.powerOffice.requests()).filter((r) => r.clientId === connected.clientId);
    expect(lists.map((r) => r.path.split('?')[0])).toEqual(['/v2/Employees', '/v2/ContactBankAccounts']);

    const all = await everybody(runs, connected, id);
    expect(all).toHaveLength(Object.values(counts).reduce((a, b) => a + b, 0));
    expect(all.every(({ evidence }) => /^[A-Z].+\.$/.test(evidence.text))).toBe(true);
    const codes = (situation: string): string[] =>
      all.filter((p) => p.situation === situation).map((p) => p.evidence.code);
    expect(new Set(codes('will-link'))).toEqual(new Set(['same-email', 'our-reference']));
    expect(codes('only-in-poweroffice').sort()).toEqual(['email-not-found', 'email-not-found', 'no-email']);
    expect(codes('ambiguous')).toEqual(Array(3).fill('email-of-several'));
    const aase = all.find((p) => p.person?.userId === both.userId);
    expect(aase).toMatchObject({
      person: { name: 'Åse Øy', email: both.user.email.toLowerCase() },
      employee: { employeeId: both.employeeId },
      alsoCoveredBy: [{ id: other.id, name: 'Oslo' }],
      planned: 'link',
      ticked: true,
      state: 'pending',
    });
    // Norwegian letters come last in the alphabet.
    expect(all.at(-1)).toEqual(aase);
    expect(await runs.service.overlap(connected.organizationId, connected.id, 10)).toMatchObject({
      people: 1,
      items: [{ userId: both.userId, name: 'Åse Øy', alsoCoveredBy: [{ name: 'Oslo' }] }],
    });
  });

  it('is paged without gaps or doubles, filtered and searched', async () => {
    const runs = world.started();
    const [run] = (await runs.service.list(connected.organizationId, connected.id, 10)).items;
    const { id } = run!;
    const all = await everybody(runs, connected, id);
    for (const limit of [1, 7, all.length - 1, all.length, all.length + 1])
      expect((await everybody(runs, connected, id, {}, limit)).map((p) => p.no)).toEqual(all.map((p) => p.no));
    expect(await everybody(runs, connected, id, { situation: 'will-link' }, 7)).toEqual(
      all.filter((p) => p.situation === 'will-link'),
    );
    expect(await everybody(runs, connected, id, { search: 'ONLYTHERE' })).toHaveLength(2);
    expect(await everybody(runs, connected, id, { search: both.user.email })).toHaveLength(1);
    expect(await everybody(runs, connected, id, { search: '%' })).toEqual([]);
    expect(await everybody(runs, connected, id, { state: 'pending' })).toHaveLength(44);
  });

  it('links exactly the plan, once, without a write, and tells connector-config', async () => {
    const runs = world.started();
    const { organizationId } = connected;
    const [run] = (await runs.service.list(organizationId, connected.id, 10)).items;
    const { id } = run!;
    const before = (await world.powerOffice.requests()).length;
    const plan = await runs.service.plan(organizationId, id);
    expect(plan.links).toBe(44);
    expect(await runs.service.plan(organizationId, id)).toEqual(plan);
    const stale = { ...plan, planId: randomUUID() };
    await expect(runs.service.execute(organizationId, id, stale, by)).rejects.toMatchObject({ code: 'plan-changed' });
    await Promise.all([1, 2, 3].map(() => runs.service.execute(organizationId, id, plan, by)));
    const done = await inState(runs, connected, id, 'done');
    expect(done).toMatchObject({ done: 44, givenBack: 0, left: 0, failure: null });
    expect(await runs.service.execute(organizationId, id, plan, by)).toMatchObject({ state: 'done' });
    // Both sides are looked at again right before: who is there, and what changed since the collect.
    const asked = (await world.powerOffice.requests()).slice(before);
    expect(asked.map((r) => `${r.method} ${r.path.split('?')[0] ?? ''}`)).toEqual([
      'GET /v2/Employees',
      'GET /v2/Employees',
      'GET /v2/ContactBankAccounts',
    ]);
    const changedSince = asked.slice(1).map((r) => r.path.includes('lastChangedDateTimeOffsetGreaterThan'));
    expect(changedSince).toEqual([true, true]);
    expect(world.connector.finishedRuns.filter((r) => r === id)).toHaveLength(1);
    // Two were linked before by hand: the test's own links say nothing.
    expect(await timesLinked(world, connected)).toMatchObject({ audit: 44, outcomes: 44 });
    expect(await everybody(runs, connected, id, { state: 'linked' })).toHaveLength(44);

    const someone = byEmail[0]!;
    expect((await someone.lane()).link).toEqual({
      employeeId: someone.employeeId,
      clientId: connected.clientId,
      reference: 'absent',
    });
    expect((await foreign.lane()).link?.reference).toBe('foreign');
    expect((await byReference.lane()).link?.reference).toBe('ours');
    const { fields } = await someone.lane();
    expect(fields.email).toMatchObject({ base: someone.user.email, shown: someone.user.email.toUpperCase() });
    expect(fields.bankAccount?.shown).toMatchObject({ number: someone.user.bankAccount?.number });
    expect(await place(someone)).toEqual({ class: 3, due: true, cause: `run ${id}` });
  });

  it('writes only the references once the connection is active', async () => {
    const { employeeId } = foreign;
    const someone = byEmail[1]!;
    await connected.change({ state: 'active', activatedAt: new Date().toISOString() });
    await eventually(async () => {
      const employees = await connected.allEmployees();
      expect(employees.find((e) => String(e.Id) === someone.employeeId)).toMatchObject({
        ExternalImportReference: someone.userId,
      });
      expect((await connected.writes()).length).toBeGreaterThanOrEqual(42);
    }, 30_000);
    const writes = await connected.writes();
    const operations = writes.flatMap((w) => w.body as { path: string }[]);
    expect(new Set(operations.map((o) => o.path))).toEqual(new Set(['/ExternalImportReference']));
    const employees = await connected.allEmployees();
    expect(employees.find((e) => String(e.Id) === employeeId)).toMatchObject({ ExternalImportReference: 'their-17' });
  });
});

describe('a crash', () => {
  it('during the collect: another process finishes, and the first one writes nothing more', async () => {
    const connected = await world.draft();
    for (let n = 0; n < 5; n += 1) await world.inBoth(connected);
    const lines: string[] = [];
    const logger = createLogger('first', 'info', { write: (line) => lines.push(line) });
    const first = world.started({ logger });
    await connected.fault({ path: '/Employees', times: 1, misbehaviour: { kind: 'slow', ms: 1000 } });
    const { id } = await first.service.start(connected.organizationId, connected.id, by, null);
    await eventually(async () => {
      const asked = (await world.powerOffice.requests()).filter((r) => r.clientId === connected.clientId);
      expect(asked.at(-1)?.path).toContain('/Employees');
    });
    await world.query("UPDATE run SET lease_until = now() - interval '1 second' WHERE id = $1", [id]);
    const second = world.started();
    const run = await inState(second, connected, id, 'review');
    expect(run.counts).toEqual({ 'will-link': 5 });
    expect(lines).toEqual([]);
    await eventually(() => {
      expect(lines.join('')).toContain('not held here any more');
    });
    expect(await second.service.get(connected.organizationId, id)).toEqual(run);
    expect(await everybody(second, connected, id)).toHaveLength(5);
  });

  it('of another process that took over the index of employees: the index is brought up to date after all', async () => {
    const connected = await world.draft();
    await world.inBoth(connected);
    const runs = world.started();
    await connected.fault({ path: '/Employees', times: 1, misbehaviour: { kind: 'slow', ms: 1000 } });
    const { id } = await runs.service.start(connected.organizationId, connected.id, by, null);
    await eventually(async () => {
      const asked = (await world.powerOffice.requests()).filter((r) => r.clientId === connected.clientId);
      expect(asked.at(-1)?.path).toContain('/Employees');
    });
    await world.query(
      'UPDATE client_knowledge SET refresh_id = $2, refreshing_until = now() WHERE connection_id = $1',
      [connected.id, randomUUID()],
    );
    await inState(runs, connected, id, 'review');
    await eventually(async () => {
      const [index] = await world.query<{ employees_as_of: Date | null }>(
        'SELECT employees_as_of FROM client_knowledge WHERE connection_id = $1',
        [connected.id],
      );
      expect(index?.employees_as_of).toBeInstanceOf(Date);
    });
  });

  it('in the middle of linking: what was done stays, nothing is done twice', async () => {
    const connected = await world.draft();
    for (let n = 0; n < 9; n += 1) await world.inBoth(connected);
    const { id } = await reviewed(world.started(), connected);
    await world.stopProcesses();
    const dying = world.started({ linksAtOnce: 2, sending: failingAt(3) });
    const plan = await dying.service.plan(connected.organizationId, id);
    await dying.service.execute(connected.organizationId, id, plan, by);
    await eventually(async () => {
      expect(await dying.service.get(connected.organizationId, id)).toMatchObject({ waitsFor: 'internal-error' });
    });
    await world.stopProcesses();
    expect(await timesLinked(world, connected)).toEqual({ audit: 4, outcomes: 4, people: 4 });
    const next = world.started({ linksAtOnce: 2 });
    expect(await inState(next, connected, id, 'done')).toMatchObject({ done: 9, givenBack: 0 });
    expect(await timesLinked(world, connected)).toEqual({ audit: 9, outcomes: 9, people: 9 });
  });
});

describe('what changed since the review', () => {
  it('goes back to the administrator, and the others are linked', async () => {
    const company = randomUUID();
    const here = { companies: [company] };
    const connected = await world.draft({ group: { type: 'company', id: company } });
    const people: Someone[] = [];
    for (let n = 0; n < 7; n += 1) people.push(await world.inBoth(connected, here));
    const [same, edited, locked, deleted, left, elsewhere, taken] = people as [Someone, ...Someone[]];
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    await edited!.edit({ phone: '+4790909090' });
    await locked!.edit({ active: false });
    await deleted!.delete();
    await left!.edit({ companies: [] });
    const [another] = await connected.employees([{ FirstName: 'An', LastName: 'Other' }]);
    await elsewhere!.link(String(another?.Id));
    const thief = await connected.person(here);
    await thief.link(taken!.employeeId);
    const run = await execute(runs, connected, id);
    expect(run).toMatchObject({ done: 2, givenBack: 5, left: 0 });
    const given = await everybody(runs, connected, id, { state: 'changed-since-review' });
    expect(Object.fromEntries(given.map((p) => [p.person?.userId, p.reason]))).toEqual({
      [locked!.userId]: 'deactivated',
      [deleted!.userId]: 'deleted',
      [left!.userId]: 'out-of-scope',
      [elsewhere!.userId]: 'linked-to-another-employee',
      [taken!.userId]: 'employee-linked-to-somebody-else',
    });
    // Huma has moved on since: that is a change of today, and base is what the run collected.
    expect(await place(edited!)).toMatchObject({ class: 1, due: true });
    expect((await edited!.lane()).fields.phone?.base).not.toBe('+4790909090');
    expect(await place(same)).toMatchObject({ class: 3, due: true });
  });

  it('waits for nobody: who is being taken in just now has a later turn', async () => {
    const connected = await world.draft();
    const [held, free] = [await world.inBoth(connected), await world.inBoth(connected)];
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    const plan = await runs.service.plan(connected.organizationId, id);
    await world.database.transaction(async (tx) => {
      await world.sending.lanes.lock(tx, connected.id, [held.userId]);
      await runs.service.execute(connected.organizationId, id, plan, by);
      await eventually(async () => {
        expect(await everybody(runs, connected, id)).toMatchObject(
          expect.arrayContaining([
            expect.objectContaining({ state: 'pending', reason: 'busy' }),
            expect.objectContaining({ state: 'linked' }),
          ]),
        );
      });
    });
    expect(await inState(runs, connected, id, 'done')).toMatchObject({ done: 2, givenBack: 0 });
    for (const someone of [held, free]) expect((await someone.lane()).link?.employeeId).toBe(someone.employeeId);
  });

  it('does not disturb an attempt: who stays busy is told to be tried again', async () => {
    const connected = await world.draft();
    const [busy, free] = [await world.inBoth(connected), await world.inBoth(connected)];
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    const lane = await busy.lane();
    await world.database.transaction(async (tx) => {
      const attempt = {
        ...{ id: randomUUID(), kind: 'create' as const, clientId: connected.clientId, values: {}, version: 1 },
        ...{ leaseUntil: 0, settleAfter: 0, outcome: 'unknown' as const, refusal: null, writesReference: false },
        ...{ accountId: null, purpose: null, reading: null },
      };
      await world.sending.lanes.lock(tx, connected.id, [busy.userId]);
      await world.sending.lanes.save(tx, connected.id, [{ lane: { ...lane, attempt }, held: true, class: 1 }]);
    });
    const run = await execute(runs, connected, id);
    expect(run).toMatchObject({ done: 1, givenBack: 1 });
    expect(await everybody(runs, connected, id, { state: 'busy' })).toMatchObject([
      { person: { userId: busy.userId }, reason: 'try-again' },
    ]);
    expect((await free.lane()).link?.employeeId).toBe(free.employeeId);
    expect((await busy.lane()).attempt?.kind).toBe('create');
  });
});

describe('a run', () => {
  it('can be cancelled between people, and a next one takes what is left', async () => {
    const connected = await world.draft();
    for (let n = 0; n < 6; n += 1) await world.inBoth(connected);
    const { organizationId } = connected;
    const runs = world.started({ linksAtOnce: 2, sending: failingAt(2) });
    const { id } = await reviewed(runs, connected);
    const plan = await runs.service.plan(organizationId, id);
    await runs.service.execute(organizationId, id, plan, by);
    await eventually(async () => {
      expect(await runs.service.get(organizationId, id)).toMatchObject({
        waitsFor: 'internal-error',
        done: 2,
        left: 4,
      });
    });
    const stopped = await runs.service.cancel(organizationId, id, by);
    expect(stopped).toMatchObject({ state: 'cancelled', done: 2, left: 0 });
    expect(await runs.service.cancel(organizationId, id, by)).toEqual(stopped);
    expect(world.connector.finishedRuns).not.toContain(id);
    const again = { ...plan, planId: randomUUID() };
    await expect(runs.service.execute(organizationId, id, again, by)).rejects.toMatchObject({ code: 'run-state' });
    await expect(runs.service.plan(organizationId, id)).rejects.toMatchObject({ code: 'run-state' });
    const next = await reviewed(runs, connected);
    expect(next.counts).toEqual({ linked: 2, 'will-link': 4 });
    await execute(runs, connected, next.id);
    expect(await timesLinked(world, connected)).toEqual({ audit: 6, outcomes: 6, people: 6 });
    await expect(runs.service.cancel(organizationId, next.id, by)).rejects.toMatchObject({ status: 409 });
  });

  it('can be cancelled while it collects or is reviewed, and then another one may begin', async () => {
    const connected = await world.draft();
    const { organizationId } = connected;
    const idle = world.process();
    const first = await idle.service.start(organizationId, connected.id, by, null);
    expect(await idle.service.cancel(organizationId, first.id, by)).toMatchObject({ state: 'cancelled' });
    const runs = world.started();
    const second = await reviewed(runs, connected);
    expect(await runs.service.cancel(organizationId, second.id, by)).toMatchObject({ state: 'cancelled' });
    expect(await runs.service.get(organizationId, first.id)).toMatchObject({ state: 'cancelled', collectedAt: null });
  });

  it('waits for what is unavailable, says so, and goes on by itself', async () => {
    const connected = await world.draft();
    await world.inBoth(connected);
    await connected.fault({ path: 'Employees', times: 1, misbehaviour: { kind: 'status', status: 503 } });
    let reported = 0;
    const connector = Object.assign(Object.create(world.connector) as typeof world.connector, {
      reportRunFinished: async () => {
        reported += 1;
        if (reported === 1) throw new Error('connector-config does not answer');
      },
    });
    const runs = world.started({ connector });
    const { id } = await runs.service.start(connected.organizationId, connected.id, by, null);
    await inState(runs, connected, id, 'review');
    await execute(runs, connected, id);
    expect(reported).toBe(2);
    expect(await timesLinked(world, connected)).toEqual({ audit: 1, outcomes: 1, people: 1 });
  });

  it('waits while the connection is paused, and fails when its client is another one', async () => {
    const connected = await world.connect();
    await world.inBoth(connected);
    let pause: () => Promise<void> = () => connected.change({ state: 'paused' });
    const runs = world.started({ caughtUp: () => pause() });
    const { id } = await runs.service.start(connected.organizationId, connected.id, by, null);
    await eventually(async () => {
      expect(await runs.service.get(connected.organizationId, id)).toMatchObject({ waitsFor: 'connection-paused' });
    });
    await expect(runs.service.start(connected.organizationId, connected.id, by, null)).rejects.toMatchObject({
      code: 'connection-paused',
    });
    pause = async () => undefined;
    await connected.change({ state: 'active' });
    await inState(runs, connected, id, 'review');
    const plan = await runs.service.plan(connected.organizationId, id);
    await connected.change({ client: { id: randomUUID(), name: 'Another' } });
    await runs.service.execute(connected.organizationId, id, plan, by);
    expect(await inState(runs, connected, id, 'failed')).toMatchObject({ failure: 'client-changed', done: 0 });
  });

  it('is watched for a while only, where nothing happens any more', async () => {
    const connected = await world.draft();
    const runs = world.started({ watchMs: 1 });
    const { id } = await reviewed(runs, connected);
    const states: string[] = [];
    const { signal } = new AbortController();
    for await (const { state } of await runs.service.watch(connected.organizationId, id, { sub: by }, signal))
      states.push(state);
    expect(states).toEqual(['review']);
  });

  it('names an employee that cannot be read, and goes on without bank accounts where they are hidden', async () => {
    const connected = await world.draft();
    const user = aHumaUser();
    const person = await connected.person(user);
    const body = JSON.stringify([
      { Id: 41, FirstName: 'Kari', LastName: 'Nordmann', EmailAddress: user.email, SalaryBankAccountId: 9 },
      { Id: 42, FirstName: { not: 'a text' }, EmailAddress: 'somebody@else.no' },
      { FirstName: 'Without an id' },
    ]);
    await connected.fault({ path: '/ContactBankAccounts', misbehaviour: { kind: 'status', status: 403 } });
    await connected.fault({ path: '/Employees', misbehaviour: { kind: 'status', status: 200, body } });
    const runs = world.started();
    const run = await reviewed(runs, connected);
    expect(run.problems).toEqual([
      { code: 'employee-unreadable', employeeId: '42', field: expect.any(String) },
      { code: 'employee-unreadable', employeeId: null, field: expect.any(String) },
      { code: 'bank-accounts-not-permitted' },
    ]);
    expect(run.counts).toEqual({ 'will-link': 1, 'only-in-poweroffice': 1 });
    const all = await everybody(runs, connected, run.id);
    expect(all.find((p) => p.employee?.employeeId === '42')?.evidence.code).toBe('employee-unreadable');
    await execute(runs, connected, run.id);
    expect((await person.lane()).fields.bankAccount).not.toHaveProperty('shown');
    expect(world.connector.refusals).not.toContain('privilege');
  });

  it('brings the index of employees up to date, so that a create need not read them again', async () => {
    const connected = await world.draft();
    const someone = await world.inBoth(connected);
    await reviewed(world.started(), connected);
    expect(
      await world.query('SELECT email, employee_id FROM client_employee WHERE connection_id = $1', [connected.id]),
    ).toEqual([{ email: someone.user.email.toLowerCase(), employee_id: someone.employeeId }]);
  });
});

describe('somebody whose employee is gone', () => {
  it('is linked to the employee of today, not left blocked for ever', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    const before = kari.employeeId;
    const token = await world.connector.accessToken(connected.id);
    if (token.outcome !== 'granted') throw new Error('There is no token');
    const { accessToken, subscriptionKey } = token.token;
    await fetch(`${world.powerOffice.apiUrl}/Employees/${before}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${accessToken}`, 'ocp-apim-subscription-key': subscriptionKey },
    });
    await kari.edit({ givenName: 'Karin' });
    await eventually(async () => {
      expect(await kari.status()).toMatchObject({ status: 'blocked', reason: 'employee-gone' });
    }, 5000);
    const [today] = await connected.employees([{ FirstName: 'Karin', LastName: 'N', EmailAddress: kari.user.email }]);
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    await execute(runs, connected, id);
    expect((await kari.lane()).link).toMatchObject({ employeeId: String(today?.Id) });
  });
});
