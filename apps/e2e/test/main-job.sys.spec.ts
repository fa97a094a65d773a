import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { topics } from '@huma-poweroffice/contracts';
import { createTopics, environmentOf } from '@huma-poweroffice/stack';
import { anEvent, aUserChanged, bankAccountOf, eventually } from '@huma-poweroffice/testing';
import { Kafka, logLevel } from 'kafkajs';
import { World, type Organization, type Someone } from './world.js';

const run = promisify(execFile);
const world = new World();
beforeAll(() => world.start(), 120_000);
afterAll(() => world.stop());

const holds = (someone: Someone, expected: Record<string, unknown>): Promise<void> =>
  eventually(async () => {
    expect(await someone.employee()).toMatchObject(expected);
  }, 20_000);
/** The operator's command, with the settings of the service. */
const rebuild = (...options: string[]): Promise<unknown> =>
  run(process.execPath, ['apps/employee-sync/dist/rebuild.js', ...options], {
    env: { ...process.env, ...environmentOf('employee-sync', world.stack.addresses) },
  });
const hasStatus = (someone: Someone, connectionId: string, status: string): Promise<void> =>
  eventually(async () => {
    expect(await someone.report(connectionId)).toMatchObject({ status });
  }, 20_000);

describe('a connection', () => {
  it('sends nothing before its first run, and what was linked afterwards', async () => {
    const organization = await world.organization();
    const [kari] = await organization.people(3);
    const id = await organization.administrator.connect({ clientKey: organization.clientKey });
    expect(await organization.administrator.connectionState(id)).toBe('draft');
    await kari!.edit({ givenName: 'Before' });
    const { review, done } = await organization.administrator.synchronize(id);
    expect(review.counts).toMatchObject({ 'will-link': 3 });
    expect(done).toMatchObject({ state: 'done', done: 3, givenBack: 0 });
    expect(await organization.administrator.connectionState(id)).toBe('active');
    await organization.atRest(id);
    // Only our references were written: differences that were there at linking stay.
    const writes = await organization.writes();
    expect(writes.filter((r) => r.method === 'PATCH').map((r) => r.body)).toEqual(
      Array(3).fill([{ op: 'replace', path: '/ExternalImportReference', value: expect.any(String) as string }]),
    );
    await kari!.edit({ familyName: 'After' });
    await holds(kari!, { LastName: 'After' });
  });

  it('whose key is withdrawn is paused alone, loses nothing, and comes back by itself', async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const [kari] = await one.people(1);
    const [ola] = await other.people(1);
    const [id, otherId] = [await one.connected(), await other.connected()];
    await world.powerOffice('PUT', `/clients/${one.clientId}`, { keyRevoked: true });
    await kari!.edit({ givenName: 'Karin' });
    await eventually(async () => {
      expect(await one.administrator.connectionState(id)).toBe('paused');
    }, 30_000);
    await kari!.edit({ givenName: 'Karina' });
    await ola!.edit({ givenName: 'Olav' });
    await holds(ola!, { FirstName: 'Olav' });
    expect(await other.administrator.connectionState(otherId)).toBe('active');
    await world.powerOffice('PUT', `/clients/${one.clientId}`, { keyRevoked: false });
    await eventually(async () => {
      expect(await one.administrator.connectionState(id)).toBe('active');
    }, 60_000);
    await holds(kari!, { FirstName: 'Karina' });
  });
});

describe('a group', () => {
  it('covers who enters it as if they were new, and lets go of who leaves it', async () => {
    const organization = await world.organization();
    const [oslo, bergen] = [await organization.group('location'), await organization.group('location')];
    const [kari] = await organization.people(1, { locations: [oslo] });
    const id = await organization.connected({ createUsers: true, group: { type: 'location', id: oslo } });
    const ola = await organization.newcomer({ locations: [bergen] });
    await ola.edit({ locations: [oslo] });
    await hasStatus(ola, id, 'up-to-date');
    expect(await ola.employee()).toMatchObject({ ExternalImportReference: ola.userId });
    await kari!.edit({ locations: [bergen], givenName: 'Gone' });
    await hasStatus(kari!, id, 'locked');
    expect((await kari!.report(id)).reason).toBe('out-of-scope');
    await kari!.edit({ locations: [oslo], familyName: 'Back' });
    await holds(kari!, { FirstName: 'Gone', LastName: 'Back' });
  });
});

describe('people', () => {
  let organization: Organization;
  let connectionId: string;
  let people: Someone[];

  beforeAll(async () => {
    organization = await world.organization();
    people = await organization.people(6);
    connectionId = await organization.connected({ createUsers: true });
  });

  it('arrive with every supported field', async () => {
    const [kari] = people;
    const number = bankAccountOf(4242);
    await kari!.edit({
      email: 'Kari.New@Example.com',
      phone: '0046 70 123 45 67',
      birthDate: '1990-02-28T00:00:00Z',
      gender: 'nonbinary',
      homeAddress: { line1: 'Kirkeveien 1', line2: 'B', line3: 'C', postalCode: '0364', city: 'Oslo', country: 'NO' },
      bankAccount: { type: 'national', country: 'NO', number },
      employmentId: '77001',
    });
    await holds(kari!, {
      EmailAddress: 'Kari.New@Example.com',
      PhoneNumber: '+46701234567',
      DateOfBirth: '1990-02-28',
      Gender: null,
      MailAddress: expect.objectContaining({ AddressLine1: 'Kirkeveien 1', AddressLine2: 'B, C' }) as object,
      Number: 77001,
    });
    await eventually(async () => {
      const account = (await organization.accounts()).find((a) => a.BankAccountNumber === number);
      expect(await kari!.employee()).toMatchObject({ SalaryBankAccountId: account?.Id ?? 0 });
    }, 20_000);
    await hasStatus(kari!, connectionId, 'up-to-date');
  });

  it('are created when they are new, once, with our reference', async () => {
    const maja = await organization.newcomer();
    await hasStatus(maja, connectionId, 'up-to-date');
    const created = (await organization.employees()).filter((e) => e['ExternalImportReference'] === maja.userId);
    expect(created).toMatchObject([{ EmailAddress: maja.user.email, PhoneNumber: maja.user.phone }]);
  });

  it('are locked while deactivated, and after they were deleted', async () => {
    const [, ola, nora] = people;
    await ola!.edit({ active: false });
    await ola!.edit({ givenName: 'Locked' });
    await hasStatus(ola!, connectionId, 'locked');
    await ola!.edit({ active: true, familyName: 'Open' });
    await holds(ola!, { FirstName: 'Locked', LastName: 'Open' });
    await nora!.delete();
    await hasStatus(nora!, connectionId, 'locked');
    expect(await nora!.employee()).toMatchObject({ IsArchived: false });
  });

  it('are not touched by a replay of everything that ever happened', async () => {
    await organization.atRest(connectionId);
    const before = (await organization.writes()).length;
    await world.huma('POST', `/organizations/${organization.id}/replay`);
    for (const someone of people.slice(0, 2))
      await world.huma('POST', `/organizations/${organization.id}/users/${someone.userId}/duplicate`, { version: 1 });
    const [, , , lars] = people;
    await lars!.edit({ givenName: 'Behind the replay' });
    await holds(lars!, { FirstName: 'Behind the replay' });
    await organization.atRest(connectionId);
    expect((await organization.writes()).slice(before)).toHaveLength(1);
  });

  it('are rebuilt from the topic without anything being sent', async () => {
    await organization.atRest(connectionId);
    const before = (await organization.writes()).length;
    await rebuild();
    await organization.atRest(connectionId);
    expect(await organization.writes()).toHaveLength(before);
  });

  it('are synced now at once: dry first, then for real', async () => {
    const [, , , , emil] = people;
    const path = `/v1/connections/${connectionId}/people/${emil!.userId}/sync-now`;
    const { administrator } = organization;
    await administrator.must('connectorConfig', 'POST', `/v1/connections/${connectionId}/pause`);
    await emil!.edit({ givenName: 'Emilian' });
    await eventually(async () => {
      const person = await administrator.must('employeeSync', 'GET', path.replace('/sync-now', ''));
      expect(person).toMatchObject({
        fields: expect.arrayContaining([expect.objectContaining({ huma: 'Emilian' })]) as object,
      });
    });
    await administrator.must('connectorConfig', 'POST', `/v1/connections/${connectionId}/resume`);
    await holds(emil!, { FirstName: 'Emilian' });
    const dry = await administrator.must('employeeSync', 'POST', path, { body: { dryRun: true } });
    expect(dry).toMatchObject({ settled: true, nextCall: null, changes: [] });
    const real = await administrator.must('employeeSync', 'POST', path, { body: { dryRun: false } });
    expect(real).toMatchObject({ settled: true, status: 'up-to-date' });
  });
});

describe('a topic that is made anew', () => {
  it('is noticed, and what it says of people counts once the operator says that Huma was restored', async () => {
    const organization = await world.organization();
    const [kari] = await organization.people(1);
    const id = await organization.connected();
    const lowerVersions = (): Promise<number> => world.metric('lower_versions_total');
    const lowerBefore = await lowerVersions();
    const kafka = new Kafka({ brokers: [world.stack.kafka.brokers], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topics.users.name] });
    await eventually(async () => {
      expect(await admin.listTopics()).not.toContain(topics.users.name);
    });
    await createTopics(world.stack.kafka.brokers);
    await admin.disconnect();
    // As after a restore: an older version, with another value.
    const user = { ...kari!.user, givenName: 'Restored' };
    const change = aUserChanged({ organizationId: organization.id, userId: kari!.userId, version: 0, user });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({
      topic: topics.users.name,
      messages: [anEvent('huma.user.updated.v1', kari!.userId, change)],
    });
    await producer.disconnect();
    await eventually(async () => {
      expect(await lowerVersions()).toBeGreaterThan(lowerBefore);
    }, 90_000);
    await organization.atRest(id);
    expect(await kari!.employee()).toMatchObject({ FirstName: kari!.user.givenName });
    const partitions = Array.from({ length: topics.users.partitions }, (_, partition) => `${String(partition)}:0`);
    await rebuild(`--restored-from=${partitions.join(',')}`);
    await holds(kari!, { FirstName: 'Restored' });
    await hasStatus(kari!, id, 'up-to-date');
  });
});
