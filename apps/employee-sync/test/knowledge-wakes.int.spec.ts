import { supportedFields } from '@huma-poweroffice/contracts';
import { eventually } from '@huma-poweroffice/testing';
import { SendingWorld, type Connected, type Someone } from './sending-world.js';

const world = new SendingWorld();
beforeAll(() => world.start());
afterEach(() => world.powerOffice.control('DELETE', '/faults'));
afterAll(() => world.stop());

const createUsers = { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'en' as const } };
const settled = (someone: Someone, status = 'up-to-date'): Promise<void> =>
  eventually(async () => {
    expect(await someone.status()).toMatchObject({ status });
  }, 15_000);
/** As if the pauses between two looks had passed. */
const later = async (connected: Connected): Promise<void> => {
  await world.query(
    `UPDATE client_knowledge SET employees_look_at = NULL, employees_retry_at = NULL,
            employees_as_of = employees_as_of - interval '2 minutes' WHERE connection_id = $1`,
    [connected.id],
  );
  await world.sending.knowledge.look();
};
const lists = async (connected: Connected): Promise<number> =>
  (await world.powerOffice.requests()).filter(
    ({ clientId, path }) => clientId === connected.clientId && path.includes('/Employees?') && path.includes('OrderBy'),
  ).length;

it('an employee that a clerk restores gets what changed meanwhile', async () => {
  const connected = await world.connect();
  const kari = await connected.linked();
  await settled(kari);
  await connected.clerk(kari.employeeId, { IsArchived: true });
  await kari.edit({ givenName: 'Archived' });
  await settled(kari, 'blocked');
  await kari.edit({ givenName: 'Restored' });
  await settled(kari, 'blocked');
  await connected.clerk(kari.employeeId, { IsArchived: false });
  await later(connected);
  await eventually(async () => {
    expect(await kari.employee()).toMatchObject({ FirstName: 'Restored' });
  }, 15_000);
  await settled(kari);
});

it('a newcomer is created once the email is free', async () => {
  const connected = await world.connect({ settings: createUsers });
  const [other] = await connected.employees([
    { FirstName: 'K', LastName: 'N', EmailAddress: 'taken@example.com', ExternalImportReference: 'other' },
  ]);
  const kari = await connected.person({ email: 'Taken@Example.com' });
  await settled(kari, 'blocked');
  expect(await kari.status()).toMatchObject({ reason: 'email-exists' });
  await connected.clerk(String(other?.Id), { EmailAddress: 'else@example.com' });
  await later(connected);
  await settled(kari);
  expect(await kari.employee()).toMatchObject({ EmailAddress: 'Taken@Example.com' });
});

it('a newcomer waits while employees cannot be read, without asking again and again', async () => {
  const connected = await world.connect({ settings: createUsers });
  const body = JSON.stringify([{ EmailAddress: 7 }]);
  await connected.fault({ method: 'GET', path: '/Employees', misbehaviour: { kind: 'status', status: 200, body } });
  const kari = await connected.person();
  const failures = 'SELECT employees_failures AS failures FROM client_knowledge WHERE connection_id = $1';
  await eventually(async () => {
    expect(await world.query(failures, [connected.id])).toEqual([{ failures: 1 }]);
  });
  world.sending.knowledge.refreshEmployees(connected.id);
  await later(connected);
  expect(await lists(connected)).toBeLessThanOrEqual(2);
  expect(await connected.allEmployees()).toEqual([]);
  await world.powerOffice.control('DELETE', '/faults');
  world.sending.knowledge.refreshEmployees(connected.id, 'asked');
  await settled(kari);
});

describe('a look that cannot end a wait is no news', () => {
  const looks = async (connected: Connected): Promise<unknown> =>
    (
      await world.query<{ looks: number }>(
        'SELECT employees_looks AS looks FROM client_knowledge WHERE connection_id = $1',
        [connected.id],
      )
    )[0]?.looks;
  const looksInVain = async (connected: Connected): Promise<void> => {
    for (const expected of [1, 2, 3]) {
      await later(connected);
      await eventually(async () => {
        expect(await looks(connected)).toBe(expected);
      });
    }
  };

  it('an employee whose email cannot be read may be the newcomer, as long as nothing changes', async () => {
    const connected = await world.connect({ settings: createUsers });
    const body = JSON.stringify([{ Id: 77, EmailAddress: 7, IsArchived: false }]);
    await connected.fault({ method: 'GET', path: '/Employees', misbehaviour: { kind: 'status', status: 200, body } });
    const kari = await connected.person();
    await settled(kari, 'blocked');
    expect(await kari.status()).toMatchObject({ reason: 'email-exists' });
    await looksInVain(connected);
    await settled(kari, 'blocked');
  });

  it('a privilege is not found in the list of employees', async () => {
    const connected = await world.connect({
      settings: createUsers,
      abilities: supportedFields.map((field) => ({
        field,
        write: field === 'familyName' ? ('no' as const) : ('yes' as const),
        compare: 'yes' as const,
      })),
    });
    const kari = await connected.person();
    await settled(kari, 'blocked');
    expect(await kari.status()).toMatchObject({ reason: 'not-permitted' });
    const before = await lists(connected);
    for (let n = 0; n < 3; n += 1) await later(connected);
    expect(await lists(connected)).toBe(before);
    await settled(kari, 'blocked');
  });
});
