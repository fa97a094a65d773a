import { randomUUID } from 'node:crypto';
import { aHumaUser, bankAccountOf, eventually } from '@huma-poweroffice/testing';
import fc from 'fast-check';
import { everybody, execute, reviewed, RunsWorld } from './runs-world.js';
import type { Connected, Someone } from './sending-world.js';

const world = new RunsWorld();
beforeAll(() => world.start());
afterEach(() => world.stopProcesses());
afterAll(() => world.stop());

/** A person and an employee whom only the email tells to be the same, reviewed; what happens then; the execution. */
const between = async (
  happens: (connected: Connected, kari: Someone) => Promise<unknown>,
  employee: Record<string, unknown> = {},
): Promise<{ reason: string | null; state: string; kari: Someone; connected: Connected }> => {
  const connected = await world.draft();
  const kari = await world.inBoth(connected, {}, employee);
  const runs = world.started();
  const { id } = await reviewed(runs, connected);
  await happens(connected, kari);
  await execute(runs, connected, id);
  const found = (await everybody(runs, connected, id)).find((p) => p.person?.userId === kari.userId);
  return { reason: found!.reason, state: found!.state, kari, connected };
};

/** Somebody else's program asks PowerOffice for something. */
const ask = async (
  connected: Connected,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> => {
  const token = await world.connector.accessToken(connected.id);
  if (token.outcome !== 'granted') throw new Error('There is no token');
  const { accessToken, subscriptionKey } = token.token;
  const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
  const answer = await fetch(world.powerOffice.apiUrl + path, {
    method,
    headers: {
      authorization: `Bearer ${accessToken}`,
      'ocp-apim-subscription-key': subscriptionKey,
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
};
const remove = (connected: Connected, employeeId: string): Promise<unknown> =>
  ask(connected, 'DELETE', `/Employees/${employeeId}`);

describe('a link whose evidence no longer holds is given back', () => {
  it.each<[string, string, (connected: Connected, kari: Someone) => Promise<unknown>]>([
    ['the email was corrected in Huma', 'email-changed-in-huma', (_, kari) => kari.edit({ email: 'kari@firma.no' })],
    [
      'the email was corrected in PowerOffice',
      'email-changed-in-poweroffice',
      (connected, kari) => connected.clerk(kari.employeeId, { EmailAddress: 'per@firma.no' }),
    ],
    [
      'archived in PowerOffice',
      'employee-archived',
      (connected, kari) => connected.clerk(kari.employeeId, { IsArchived: true }),
    ],
    ['deleted in PowerOffice', 'employee-not-found', (connected, kari) => remove(connected, kari.employeeId)],
    [
      'another user got the email',
      'email-of-several',
      (connected, kari) => connected.person({ email: kari.user.email.toUpperCase() }),
    ],
    [
      'another employee got the email',
      'email-of-several',
      (connected, kari) => connected.employees([{ FirstName: 'A', LastName: 'B', EmailAddress: kari.user.email }]),
    ],
    [
      'the employee got the reference of another user',
      'reference-of-somebody-else',
      async (connected, kari) => {
        const per = await connected.person();
        await connected.clerk(kari.employeeId, { ExternalImportReference: per.userId });
      },
    ],
    [
      'the employee got the reference of another system',
      'reference-changed',
      (connected, kari) => connected.clerk(kari.employeeId, { ExternalImportReference: 'their-17' }),
    ],
  ])('%s', async (_, reason, happens) => {
    const given = await between(happens);
    expect(given).toMatchObject({ state: 'changed-since-review', reason });
    expect((await given.kari.lane()).link).toBeNull();
  });

  it('and nobody else waits for it', async () => {
    const connected = await world.draft();
    const [kari, per] = [await world.inBoth(connected), await world.inBoth(connected)];
    const runs = world.started({ linksAtOnce: 1 });
    const { id } = await reviewed(runs, connected);
    await kari.edit({ email: 'somebody@else.no' });
    expect(await execute(runs, connected, id)).toMatchObject({ done: 1, givenBack: 1 });
    expect((await per.lane()).link).toMatchObject({ employeeId: per.employeeId });
  });

  it('and the values of an employee that was not the person are never written', async () => {
    const connected = await world.draft();
    const kari = await connected.person({ givenName: 'Kari', email: 'per@firma.no' });
    const [per] = await connected.employees([{ FirstName: 'Per', LastName: 'Mann', EmailAddress: 'per@firma.no' }]);
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    await kari.edit({ email: 'kari@firma.no' });
    await execute(runs, connected, id);
    await connected.change({ state: 'active', activatedAt: '2026-11-25T09:30:00.000Z' });
    await kari.edit({ bankAccount: { type: 'national', country: 'NO', number: bankAccountOf(4711) } });
    await eventually(async () => {
      expect(await kari.status()).toMatchObject({ status: 'not-linked' });
    });
    expect(await connected.writes()).toEqual([]);
    const employees = await connected.allEmployees();
    expect(employees.find((e) => e.Id === per?.Id)).toMatchObject({ EmailAddress: 'per@firma.no' });
  });
});

describe('what the evidence does not rest on', () => {
  it('is no reason to give a link back, and what is recorded as shown is what PowerOffice shows now', async () => {
    const linked = await between(async (connected, kari) => {
      await connected.clerk(kari.employeeId, { PhoneNumber: '+4799887766' });
      const account = { BankAccountNumber: bankAccountOf(815), CountryCode: 'NO' };
      const { Id } = await ask(connected, 'POST', `/ContactBankAccounts/${kari.employeeId}`, account);
      const salary = [{ op: 'replace', path: '/SalaryBankAccountId', value: Id }];
      await ask(connected, 'PATCH', `/Employees/${kari.employeeId}/BankAccounts`, salary);
      await kari.edit({ givenName: 'Karianne' });
    });
    expect(linked).toMatchObject({ state: 'linked', reason: null });
    const { fields } = await linked.kari.lane();
    expect(fields.phone?.shown).toBe('+4799887766');
    expect(fields.bankAccount?.shown).toMatchObject({ number: bankAccountOf(815) });
    expect(fields.givenName?.base).not.toBe('Karianne');
  });

  it('everybody is read again where the stamps cannot be used', async () => {
    const connected = await world.draft();
    const kari = await world.inBoth(connected);
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    await world.query("UPDATE run SET employees_newest = 'yesterday', accounts_newest = NULL WHERE id = $1", [id]);
    await connected.clerk(kari.employeeId, { PhoneNumber: '+4799887766' });
    await execute(runs, connected, id);
    expect((await kari.lane()).fields.phone?.shown).toBe('+4799887766');
  });

  it('changes the plan: another email in the evidence is another plan', async () => {
    const connected = await world.draft();
    await world.inBoth(connected);
    const runs = world.started();
    const hashes: string[] = [];
    for (const email of ['one@firma.no', 'two@firma.no']) {
      const { id } = await reviewed(runs, connected);
      const [item] = await everybody(runs, connected, id);
      hashes.push((await runs.service.plan(connected.organizationId, id)).planHash);
      await runs.service.cancel(connected.organizationId, id, 'kari');
      await connected.clerk(item!.employee!.employeeId, { EmailAddress: email });
      await world.query('UPDATE person SET email = $2 WHERE organization_id = $1', [connected.organizationId, email]);
    }
    expect(new Set(hashes).size).toBe(2);
  });
});

type Change =
  | { readonly kind: 'huma-email' | 'po-email'; readonly at: number; readonly to: number }
  | { readonly kind: 'archive' | 'deactivate' | 'delete' | 'phone'; readonly at: number }
  | { readonly kind: 'reference'; readonly at: number; readonly of: number };

it('nothing is linked on evidence that no longer holds, whatever changes on both sides', async () => {
  const PEOPLE = 4;
  const index = fc.nat(PEOPLE - 1);
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ kind: fc.constantFrom('huma-email' as const, 'po-email' as const), at: index, to: fc.nat(PEOPLE) }),
    fc.record({
      kind: fc.constantFrom('archive' as const, 'deactivate' as const, 'delete' as const, 'phone' as const),
      at: index,
    }),
    fc.record({ kind: fc.constant('reference' as const), at: index, of: index }),
  );
  const runs = world.started();
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      const connected = await world.draft();
      const people: Someone[] = [];
      for (let n = 0; n < PEOPLE; n += 1) people.push(await world.inBoth(connected, aHumaUser()));
      const emails = [...people.map((p) => p.user.email), `${randomUUID()}@firma.no`];
      const { id } = await reviewed(runs, connected);
      const references = new Set<number>();
      const gone = new Set<number>();
      for (const c of changes) {
        if (gone.has(c.at)) continue;
        if (c.kind === 'delete') gone.add(c.at);
        const someone = people[c.at]!;
        if (c.kind === 'huma-email') await someone.edit({ email: emails[c.to]! });
        else if (c.kind === 'po-email') await connected.clerk(someone.employeeId, { EmailAddress: emails[c.to]! });
        else if (c.kind === 'archive') await connected.clerk(someone.employeeId, { IsArchived: true });
        else if (c.kind === 'deactivate') await someone.edit({ active: false });
        else if (c.kind === 'delete') await remove(connected, someone.employeeId);
        else if (c.kind === 'phone') await connected.clerk(someone.employeeId, { PhoneNumber: '+4790909090' });
        else if (c.kind === 'reference' && !references.has(c.of)) {
          references.add(c.of);
          await connected.clerk(someone.employeeId, { ExternalImportReference: people[c.of]!.userId });
        }
      }
      await execute(runs, connected, id);
      const employees = await connected.allEmployees();
      for (const someone of people) {
        const { link } = await someone.lane();
        const employee = employees.find((e) => String(e.Id) === someone.employeeId);
        const same = (e: Record<string, unknown>): boolean =>
          String(e['EmailAddress']).toLowerCase() === someone.user.email.toLowerCase();
        const others = people.filter((p) => p !== someone && p.user.email === someone.user.email);
        const reference = employee?.['ExternalImportReference'] ?? null;
        const holds =
          employee !== undefined &&
          employee['IsArchived'] !== true &&
          someone.user.active &&
          same(employee) &&
          (reference === null || reference === someone.userId) &&
          others.length === 0 &&
          employees.filter((e) => same(e) && e['IsArchived'] !== true).length === 1;
        if (!holds) expect(link).toBeNull();
        else if (changes.every((c) => c.at !== people.indexOf(someone) || c.kind === 'phone'))
          expect(link).toMatchObject({ employeeId: someone.employeeId });
      }
    }),
    { numRuns: 25 },
  );
}, 240_000);
