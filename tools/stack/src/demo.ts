import { Administrator, bankAccountOf, call, demoOrganization, type DemoOrganization } from '@huma-poweroffice/seed';
import { seedStack } from './seed-stack.js';
import { StackError } from './stack-error.js';
import type { Stack } from './stack.js';

type Employee = Readonly<Record<string, unknown>> & { readonly Id: number };

const WITHIN_MS = 30_000;
const LOOK_MS = 5;

/** The main job, played step by step against running processes; every step says what was done and what was seen. */
class Demo {
  private readonly organization: DemoOrganization = demoOrganization();
  private readonly huma: string;
  private readonly powerOffice: string;
  private administrator!: Administrator;
  private connectionId = '';

  constructor(
    private readonly stack: Stack,
    private readonly say: (text: string) => void,
  ) {
    this.huma = `${stack.url('huma-simulator')}/control/organizations/${this.organization.id}`;
    this.powerOffice = `${stack.url('poweroffice-simulator')}/control`;
  }

  async play(): Promise<void> {
    await this.signIn();
    await this.tryKey();
    await this.connect();
    await this.synchronize();
    await this.edit('a phone number', 1, { phone: '+47 911 22 333' }, { PhoneNumber: '+4791122333' });
    await this.edit(
      'name and birth date at once',
      2,
      { givenName: 'Ingeborg', birthDate: '1988-05-17' },
      {
        FirstName: 'Ingeborg',
        DateOfBirth: '1988-05-17',
      },
    );
    await this.bankAccount();
    await this.newcomer();
    await this.locked();
    await this.lostAnswer();
    await this.audit();
  }

  private async step<T>(what: string, act: () => Promise<T>, seen: (result: T) => string): Promise<T> {
    const began = performance.now();
    const result = await act();
    const ms = performance.now() - began;
    this.say(
      `  ✓ ${what}\n      ${seen(result)} (${ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`})`,
    );
    return result;
  }

  private async signIn(): Promise<void> {
    const services = {
      huma: this.stack.url('huma-simulator'),
      connectorConfig: this.stack.url('connector-config'),
      employeeSync: this.stack.url('employee-sync'),
    };
    const { sub, name } = this.organization.administrator;
    this.administrator = await this.step(
      `${name} signs in`,
      () => Administrator.signIn(services, sub),
      () => 'an access token of the identity provider',
    );
  }

  private async tryKey(): Promise<void> {
    interface Tried {
      readonly client: { readonly name: string };
      readonly fields: readonly { readonly write: string }[];
    }
    const body = { clientKey: this.organization.powerOfficeClient.clientKey };
    await this.step(
      'the client key is tried',
      () => this.administrator.must<Tried>('connectorConfig', 'POST', '/v1/connections/try-key', { body }),
      ({ client, fields }) =>
        `it belongs to "${client.name}"; ${String(fields.filter((f) => f.write === 'yes').length)} of ${String(fields.length)} fields can be written`,
    );
  }

  private async connect(): Promise<void> {
    const { clientKey } = this.organization.powerOfficeClient;
    const settings = { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'nb' } };
    this.connectionId = await this.step(
      'a connection is set up',
      () => this.administrator.connect({ name: 'Fjord AS', clientKey, settings }),
      () => 'state draft: nothing is sent before Synchronize users has run',
    );
  }

  private async synchronize(): Promise<void> {
    await this.step(
      'Synchronize users runs: collect, review, execute',
      () => this.administrator.synchronize(this.connectionId),
      ({ review, done }) => {
        const counts = Object.entries(review.counts).map(([situation, people]) => `${String(people)} ${situation}`);
        return `${counts.join(', ')}; ${String(done.done)} linked`;
      },
    );
    await this.step(
      'the connection is active',
      () => this.until(async () => (await this.administrator.connectionState(this.connectionId)) === 'active'),
      () => 'from now on changes are sent',
    );
    await this.atRest('our references are written into PowerOffice');
  }

  private async edit(what: string, n: number, change: object, expected: Record<string, unknown>): Promise<void> {
    await this.step(
      `${what} is changed in Huma`,
      async () => {
        await this.change(n, change);
        await this.until(async () => has(await this.employee(n), expected));
      },
      () => `PowerOffice has ${JSON.stringify(expected)}`,
    );
  }

  private async bankAccount(): Promise<void> {
    const number = bankAccountOf(4321);
    await this.step(
      'a bank account is changed in Huma',
      async () => {
        await this.change(4, { bankAccount: { type: 'national', country: 'NO', number } });
        await this.until(async () => {
          const id = (await this.employee(4))?.['SalaryBankAccountId'];
          const path = `${this.powerOffice}/clients/${this.organization.powerOfficeClient.id}/accounts`;
          const accounts = await call<{ Id: number; BankAccountNumber: string }[]>('GET', path);
          return accounts.some((a) => a.Id === id && a.BankAccountNumber === number);
        });
      },
      () => 'it was added to the employee, and is the salary account',
    );
  }

  private async newcomer(): Promise<void> {
    const id = '00000003-0000-4000-8000-000000009001';
    const profile = { ...this.organization.users[5]?.profile, email: 'ny.ansatt@fjord.example', givenName: 'Nyansatt' };
    const { bankAccount: _, phone: _p, employmentId: _e, identifications: _i, ...minimal } = profile;
    await this.step(
      'somebody new is added in Huma',
      async () => {
        await call('POST', `${this.huma}/users`, { body: [{ id, profile: minimal }] });
        await this.until(async () => (await this.employees()).some((e) => e['ExternalImportReference'] === id));
      },
      () => 'created in PowerOffice, with the reference of Huma',
    );
  }

  private async locked(): Promise<void> {
    await this.step(
      'somebody is deactivated, then renamed',
      async () => {
        await this.change(7, { active: false });
        await this.change(7, { familyName: 'Borte' });
        await this.until(async () => (await this.report(7)).status === 'locked');
        if (has(await this.employee(7), { LastName: 'Borte' })) throw new StackError('It was sent all the same.');
      },
      () => 'locked: nothing was sent',
    );
    await this.step(
      'and is reactivated',
      async () => {
        await this.change(7, { active: true });
        await this.until(async () => has(await this.employee(7), { LastName: 'Borte' }));
      },
      () => 'the latest values are there',
    );
  }

  private async lostAnswer(): Promise<void> {
    await this.step(
      "PowerOffice's answer to a change is lost",
      async () => {
        const misbehaviour = { kind: 'lose-answer' };
        await call('POST', `${this.powerOffice}/faults`, { body: { method: 'PATCH', times: 1, misbehaviour } });
        await this.change(8, { givenName: 'Uviss' });
        await this.until(async () => (await this.report(8)).status === 'unsettled');
        await this.until(async () => (await this.report(8)).status === 'up-to-date', 90_000);
        if (!has(await this.employee(8), { FirstName: 'Uviss' })) throw new StackError('It did not arrive.');
      },
      () => 'nothing was sent again before it was read back: it had arrived',
    );
  }

  private async audit(): Promise<void> {
    await this.step(
      'the audit is read',
      () =>
        this.administrator.must<{ items: { call: string | null }[] }>(
          'employeeSync',
          'GET',
          `/v1/connections/${this.connectionId}/audit?limit=200`,
        ),
      ({ items }) =>
        `${String(items.filter((item) => item.call !== null).length)} writes, each with its cause and its result`,
    );
    await this.atRest('everything is settled');
  }

  private async atRest(what: string): Promise<void> {
    await this.step(
      what,
      async () => {
        await this.until(async () => (await this.administrator.summary(this.connectionId)).waiting === 0, 90_000);
        return this.administrator.summary(this.connectionId);
      },
      ({ people }) =>
        Object.entries(people)
          .map(([status, count]) => `${String(count)} ${status}`)
          .join(', '),
    );
  }

  private userId(n: number): string {
    return this.organization.users[n]?.id ?? '';
  }
  private change(n: number, change: object): Promise<unknown> {
    return call('PATCH', `${this.huma}/users/${this.userId(n)}`, { body: change });
  }
  private report(n: number): Promise<{ readonly status: string }> {
    return this.administrator.person(this.connectionId, this.userId(n));
  }
  private employees(): Promise<Employee[]> {
    return call('GET', `${this.powerOffice}/clients/${this.organization.powerOfficeClient.id}/employees`);
  }
  private async employee(n: number): Promise<Employee | undefined> {
    return (await this.employees()).find((e) => e['ExternalImportReference'] === this.userId(n));
  }
  private async until(isSo: () => Promise<boolean>, withinMs = WITHIN_MS): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new StackError(`It was not seen within ${String(withinMs / 1000)} s.`);
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }
}

const has = (employee: Employee | undefined, expected: Record<string, unknown>): boolean =>
  employee !== undefined && Object.entries(expected).every(([name, value]) => employee[name] === value);

/** Seeds the demo organisation and plays the main job. @throws when a step was not seen to be true */
export const playDemo = async (stack: Stack, say: (text: string) => void): Promise<void> => {
  await seedStack(stack);
  await new Demo(stack, say).play();
};
