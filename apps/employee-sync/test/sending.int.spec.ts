import { bankAccountOf, eventually } from '@huma-poweroffice/testing';
import { SendingWorld, type Someone } from './sending-world.js';

const world = new SendingWorld();
beforeAll(() => world.start());
afterAll(() => world.stop());

const settled = (someone: Someone, status = 'up-to-date'): Promise<void> =>
  eventually(async () => {
    expect(await someone.status()).toMatchObject({ status });
  }, 15_000);

describe('a change of somebody who is linked', () => {
  it('is sent with only the fields that changed, once, and recorded', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await kari.edit({ givenName: 'Karianne', phone: '+47 900 11 222' });
    await settled(kari);
    expect(await kari.employee()).toMatchObject({ FirstName: 'Karianne', PhoneNumber: '+4790011222' });
    const writes = await connected.writes();
    expect(writes).toMatchObject([
      {
        method: 'PATCH',
        body: [
          { op: 'replace', path: '/FirstName', value: 'Karianne' },
          { op: 'replace', path: '/PhoneNumber', value: '+4790011222' },
        ],
      },
    ]);
    expect(await kari.audit()).toEqual([
      { call: `PATCH /Employees/${kari.employeeId}`, result: 'applied', fields: ['givenName', 'phone'] },
    ]);
  });

  it('makes one write of several edits, and nothing of a replay', async () => {
    const connected = await world.connect();
    const ola = await connected.linked();
    await settled(ola);
    await world.stopSending();
    for (const name of ['A', 'B', 'C', 'D']) await ola.edit({ givenName: name });
    await world.startSending();
    await settled(ola);
    await ola.replay();
    await settled(ola);
    expect(await connected.writes()).toHaveLength(1);
    expect(await ola.employee()).toMatchObject({ FirstName: 'D' });
  });

  it('does not touch what a clerk changed, until the same field changes in Huma', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await connected.clerk(kari.employeeId, { JobTitle: 'Cook', PhoneNumber: '99887766' });
    await kari.edit({ familyName: 'Hansen' });
    await settled(kari);
    expect(await kari.employee()).toMatchObject({ LastName: 'Hansen', PhoneNumber: '99887766', JobTitle: 'Cook' });
    await kari.edit({ phone: '+4740000001' });
    await settled(kari);
    expect(await kari.employee()).toMatchObject({ PhoneNumber: '+4740000001' });
  });

  it('is held while the person is deactivated, and sent in its latest form afterwards', async () => {
    const connected = await world.connect();
    const ola = await connected.linked();
    await settled(ola);
    await ola.edit({ active: false, givenName: 'Olaf' });
    await settled(ola, 'locked');
    await ola.edit({ givenName: 'Olai' });
    await settled(ola, 'locked');
    expect(await connected.writes()).toEqual([]);
    await ola.edit({ active: true });
    await settled(ola);
    expect(await ola.employee()).toMatchObject({ FirstName: 'Olai' });
  });

  it('is not sent for one field that cannot be, and is for the others', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await kari.edit({ phone: '12', employmentId: 'A-17', familyName: 'Berg' });
    await settled(kari, 'partly-refused');
    expect(await kari.status()).toMatchObject({ reason: 'phone invalid-phone, employmentId number-not-a-number' });
    expect(await kari.employee()).toMatchObject({ LastName: 'Berg' });
    await kari.edit({ phone: '+4740000002' });
    await settled(kari, 'partly-refused');
    expect(await kari.employee()).toMatchObject({ PhoneNumber: '+4740000002' });
  });

  it('is sent field by field when PowerOffice refuses them together; a freed number is tried again', async () => {
    const connected = await world.connect();
    const [kari, ola] = [await connected.linked(), await connected.linked()];
    await settled(kari);
    await settled(ola);
    const [hers, his] = [kari.user.employmentId ?? '', ola.user.employmentId ?? ''];
    await kari.edit({ employmentId: his, familyName: 'Lie' });
    await settled(kari, 'partly-refused');
    expect(await kari.employee()).toMatchObject({ LastName: 'Lie', Number: Number(hers) });
    await ola.edit({ employmentId: '54321' });
    await settled(ola);
    await settled(kari);
    expect(await kari.employee()).toMatchObject({ Number: Number(his) });
  });

  it('of a bank account creates it where it is missing and points to it, also after the second call failed', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await connected.fault({
      method: 'PATCH',
      path: 'BankAccounts',
      times: 1,
      misbehaviour: { kind: 'status', status: 503 },
    });
    const number = bankAccountOf(777);
    await kari.edit({ bankAccount: { type: 'national', country: 'NO', number } });
    await settled(kari);
    const accounts = await world.powerOffice.control<{ Id: number; BankAccountNumber: string }[]>(
      'GET',
      `/clients/${connected.clientId}/accounts`,
    );
    const created = accounts.filter((account) => account.BankAccountNumber === number);
    expect(created).toHaveLength(1);
    expect(await kari.employee()).toMatchObject({ SalaryBankAccountId: created[0]?.Id });
  });
});

describe('an answer that never came', () => {
  it('is settled by reading, whether the write was done or not', async () => {
    const connected = await world.connect();
    const [kari, ola] = [await connected.linked(), await connected.linked()];
    await settled(kari);
    await settled(ola);
    await connected.fault({ method: 'PATCH', path: kari.employeeId, times: 1, misbehaviour: { kind: 'lose-answer' } });
    await connected.fault({
      method: 'PATCH',
      path: ola.employeeId,
      times: 1,
      misbehaviour: { kind: 'status', status: 500 },
    });
    await kari.edit({ givenName: 'Karin' });
    await ola.edit({ givenName: 'Olav' });
    await settled(kari);
    await settled(ola);
    expect(await kari.employee()).toMatchObject({ FirstName: 'Karin' });
    expect(await ola.employee()).toMatchObject({ FirstName: 'Olav' });
    expect((await kari.audit()).map((entry) => entry.result)).toEqual(['unknown', 'found']);
    expect((await ola.audit()).map((entry) => entry.result)).toEqual(['unknown', 'found', 'applied']);
  });

  it('does not overwrite what a clerk wrote meanwhile, and says so', async () => {
    const connected = await world.connect();
    const kari = await connected.linked();
    await settled(kari);
    await connected.fault({ method: 'PATCH', times: 1, misbehaviour: { kind: 'lose-answer' } });
    await kari.edit({ givenName: 'Karin' });
    await settled(kari, 'unsettled');
    await connected.clerk(kari.employeeId, { FirstName: 'Karina' });
    await settled(kari);
    expect(await kari.employee()).toMatchObject({ FirstName: 'Karina' });
    expect((await kari.lane()).fields.givenName).toMatchObject({ note: 'kept-foreign-value', base: 'Karin' });
  });
});

describe('somebody new', () => {
  it('is created when the setting is on, with our reference, and never twice when the answer is lost', async () => {
    const connected = await world.connect();
    await connected.change({
      settings: { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'en' } },
    });
    await connected.fault({ method: 'POST', path: 'Employees$', times: 1, misbehaviour: { kind: 'lose-answer' } });
    const kari = await connected.person();
    await settled(kari);
    expect(await connected.allEmployees()).toHaveLength(1);
    expect(await kari.employee()).toMatchObject({
      EmailAddress: kari.user.email,
      Number: Number(kari.user.employmentId),
    });
    expect((await kari.employee())['SalaryBankAccountId']).not.toBeNull();
  });

  it('is not created when the email is in PowerOffice already', async () => {
    const connected = await world.connect();
    await connected.change({
      settings: { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'en' } },
    });
    await connected.employees([{ FirstName: 'Kari', LastName: 'N', EmailAddress: ' KARI.same@Example.com' }]);
    const kari = await connected.person({ email: 'kari.same@example.com' });
    await settled(kari, 'blocked');
    expect(await kari.status()).toMatchObject({ reason: 'email-exists' });
    expect(await connected.allEmployees()).toHaveLength(1);
  });

  it('waits for a run when the setting is off', async () => {
    const connected = await world.connect();
    const kari = await connected.person();
    await settled(kari, 'not-linked');
    expect(await connected.writes()).toEqual([]);
  });

  it('is created without the one value that PowerOffice refuses', async () => {
    const connected = await world.connect();
    await connected.change({
      settings: { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'en' } },
    });
    const taken = await connected.linked();
    const kari = await connected.person({ employmentId: taken.user.employmentId ?? null });
    await settled(kari, 'partly-refused');
    expect(await kari.employee()).toMatchObject({ PhoneNumber: kari.user.phone });
    expect(await kari.status()).toMatchObject({ reason: expect.stringContaining('employmentId') as string });
  });
});
