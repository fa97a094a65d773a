import { randomUUID } from 'node:crypto';
import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import { aHumaUser } from '@huma-poweroffice/testing';
import { PersonRepository } from '../src/take-in/person-repository.js';
import { by, inState, reviewed, RunsWorld, timesLinked } from './runs-world.js';

const PEOPLE = 20_000;
const BATCH = 1000;

const world = new RunsWorld();
beforeAll(() => world.start());
afterAll(async () => {
  await world.stopProcesses();
  await world.stop();
});

const megabytes = (): number => Math.round(process.memoryUsage().rss / 1_000_000);

/** Time and memory are said, never asserted: this machine's other work is part of both. */
const told = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const [began, before] = [performance.now(), megabytes()];
  let most = before;
  const looking = setInterval(() => (most = Math.max(most, megabytes())), 50);
  const result = await work();
  clearInterval(looking);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stderr.write(`${what}: ${seconds} s, resident ${String(before)} MB before, at most ${String(most)} MB\n`);
  return result;
};

const employeeOf = (user: HumaUserMessage, id: number): object => ({
  Id: id,
  Number: id,
  FirstName: user.givenName,
  LastName: user.familyName,
  EmailAddress: user.email,
  PhoneNumber: user.phone,
  DateOfBirth: user.birthDate,
  Gender: user.gender,
  NationalIdNumber: 'hidden',
  JobTitle: 'Cook',
  StartDate: '2020-01-01',
  MailAddress: { Id: id, AddressLine1: user.homeAddress?.line1, ZipCode: '0155', City: 'Oslo', CountryCode: 'NO' },
  SalaryBankAccountId: id + PEOPLE,
  IsArchived: false,
  LastChangedDateTimeOffset: '2026-11-25T09:30:00.000Z',
});
const accountOf = (user: HumaUserMessage, id: number): object => ({
  Id: id + PEOPLE,
  ContactId: id,
  BankAccountNumber: user.bankAccount?.number,
  CountryCode: 'NO',
  IsActive: true,
  LastChangedDateTimeOffset: '2026-11-25T09:30:00.000Z',
});

it('collects, matches and links twenty thousand people', async () => {
  const connected = await world.draft();
  const people = new PersonRepository(world.keyring);
  const [employees, accounts]: [object[], object[]] = [[], []];
  for (let n = 0; n < PEOPLE; n += BATCH) {
    const users = Array.from({ length: BATCH }, () => aHumaUser({ companies: [randomUUID()] }));
    const event = { id: 'seed', trace: null };
    const { organizationId } = connected;
    const changes = users.map((user) => ({ organizationId, userId: randomUUID(), version: 1, user, event }));
    await world.database.transaction((tx) => people.takeIn(tx, changes));
    employees.push(...users.map((user, at) => employeeOf(user, n + at + 1)));
    accounts.push(...users.map((user, at) => accountOf(user, n + at + 1)));
  }
  // The simulator checks each employee against all others: what it would answer is quicker said than entered.
  const answer = async (path: string, body: object[]): Promise<void> =>
    connected.fault({
      path,
      times: 1,
      misbehaviour: { kind: 'status', status: 200, body: JSON.stringify(body) },
    });
  const answers = async (): Promise<void> => {
    await answer('/ContactBankAccounts', accounts);
    await answer('/Employees', employees);
  };
  await answers();
  const runs = world.started();
  const run = await told('20,000 people collected and matched', async () => {
    const { id } = await runs.service.start(connected.organizationId, connected.id, by, null);
    return inState(runs, connected, id, 'review', 240_000);
  });
  expect(run.counts).toEqual({ 'will-link': PEOPLE });
  const lists = (await world.powerOffice.requests()).filter((r) => r.clientId === connected.clientId);
  // A full page of 20,000 may have a next one, so each list is asked once more when it says no better.
  expect(lists.length).toBeLessThanOrEqual(4);

  // Right before the execution everybody is looked at again; nothing has changed since the collect.
  await answer('/Employees', employees);
  await told('20,000 people linked', async () => {
    const plan = await runs.service.plan(connected.organizationId, run.id);
    await runs.service.execute(connected.organizationId, run.id, plan, by);
    return inState(runs, connected, run.id, 'done', 240_000);
  });
  expect(await timesLinked(world, connected)).toEqual({ audit: PEOPLE, outcomes: PEOPLE, people: PEOPLE });

  await answers();
  const last = await told('20,000 linked people collected again', () => reviewed(runs, connected));
  expect(last.counts).toEqual({ linked: PEOPLE });
}, 600_000);
