import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProcess } from '@huma-poweroffice/stack';
import { eventually } from '@huma-poweroffice/testing';
import { appliedWrites, auditOf, dice, goingBack, killing, meanwhile, mostPerSecond, Storm } from './storm.js';
import { World, type Organization } from './world.js';

const world = new World();
let replica: RunningProcess;
beforeAll(async () => {
  await world.start();
  ({ process: replica } = await world.stack.replica('employee-sync'));
}, 180_000);
afterAll(() => world.stop());

/** What must hold after every storm, on the simulators' own logs. */
const holdsAfter = async (storm: Storm, organization: Organization, connectionId: string): Promise<void> => {
  await organization.atRest(connectionId, 120_000);
  const wrong = await storm.verdict(organization, connectionId);
  if (wrong.length > 0) console.error(JSON.stringify(await storm.evidence(connectionId, wrong), null, 1));
  expect(wrong).toEqual([]);
  const requests = (await world.requests()).filter((r) => r.clientId === organization.clientId);
  expect(appliedWrites(requests).length).toBeGreaterThan(0);
  expect(goingBack(requests)).toEqual([]);
  const all = await world.requests();
  expect(mostPerSecond(all)).toBeLessThanOrEqual(10);
  expect(all.filter((r) => r.status === 429 && r.misbehaviour === null)).toEqual([]);
  // The audit knows of every write that was applied.
  const audit = await auditOf(organization, connectionId);
  expect(audit.filter((entry) => entry.result === 'open' || entry.result === 'unknown')).toEqual([]);
  const fieldOf: Record<string, string> = { '/FirstName': 'givenName', '/PhoneNumber': 'phone' };
  const known = new Set(
    audit.flatMap((e) => e.changes.map((c) => `${e.employeeId ?? ''} ${c.field} ${String(c.after)}`)),
  );
  const unknown = appliedWrites(requests).filter(
    ({ employee, path, value }) => !known.has(`${employee} ${fieldOf[path] ?? ''} ${value}`),
  );
  expect(unknown).toEqual([]);
};

it('kill -9 of every part at odd moments under load loses, doubles and turns round nothing', async () => {
  const roll = dice(7);
  const organization = await world.organization();
  const people = await organization.people(20);
  const connectionId = await organization.connected();
  const storm = new Storm(people, roll);
  const { postgres, kafka, apps } = world.stack;
  const services = [apps.get('employee-sync'), apps.get('connector-config'), replica] as RunningProcess[];
  const kills = killing([...services, kafka, ...services, postgres], roll, 12);
  let turn = 0;
  await meanwhile(
    kills,
    async () => {
      turn += 1;
      await (turn % 8 === 0 ? storm.clerk() : storm.edit());
    },
    150,
  );
  await holdsAfter(storm, organization, connectionId);
});

it('answers that are lost, refusals to answer and hanging requests are settled', async () => {
  const roll = dice(11);
  const organization = await world.organization();
  const people = await organization.people(12);
  const connectionId = await organization.connected({ createUsers: true });
  const storm = new Storm(people, roll);
  const misbehaviours = [
    { kind: 'lose-answer' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503, retryAfterSeconds: 1 },
    { kind: 'hang' },
    { kind: 'slow', ms: 1500 },
    { kind: 'broken-body', form: 'html' },
    { kind: 'broken-body', form: 'truncated' },
    { kind: 'page', status: 200 },
    { kind: 'page', status: 403 },
    { kind: 'gateway', status: 404 },
  ];
  for (const misbehaviour of misbehaviours) await organization.fault({ probability: 0.06, misbehaviour });
  const newcomers = [];
  for (let i = 0; i < 60; i += 1) {
    await (i % 10 === 9 ? storm.clerk() : storm.edit());
    if (i % 15 === 0) newcomers.push(await organization.newcomer());
    await sleep(100);
  }
  await eventually(async () => {
    await storm.edit();
    const seen = new Set((await world.requests()).map((r) => r.misbehaviour));
    expect([...seen]).toEqual(expect.arrayContaining([...new Set(misbehaviours.map(({ kind }) => kind))]));
  }, 60_000);
  await world.powerOffice('DELETE', '/faults');
  await holdsAfter(storm, organization, connectionId);
  const employees = await organization.employees();
  for (const { userId } of newcomers)
    expect(employees.filter((e) => e['ExternalImportReference'] === userId)).toHaveLength(1);
});

it('PowerOffice down for a minute delays, and locks taken meanwhile hold', async () => {
  const roll = dice(13);
  const organization = await world.organization();
  const people = await organization.people(10);
  const connectionId = await organization.connected();
  const [locked, ...others] = people;
  const storm = new Storm(others, roll);
  await world.powerOffice('PATCH', '/behaviour', { down: true });
  for (let i = 0; i < 30; i += 1) await storm.edit();
  await locked!.edit({ givenName: 'Before the lock' });
  await locked!.edit({ active: false });
  await eventually(async () => {
    expect(await locked!.report(connectionId)).toMatchObject({ status: 'locked' });
  });
  await sleep(60_000);
  const { clerkEdits, since } = { clerkEdits: 3, since: (await organization.writes()).length };
  for (let i = 0; i < clerkEdits; i += 1) await storm.clerk();
  await world.powerOffice('PATCH', '/behaviour', { down: false });
  await holdsAfter(storm, organization, connectionId);
  const { Id } = await locked!.employee();
  const sent = (await organization.writes()).slice(since).filter((r) => r.path.includes(`/${String(Id)}`));
  expect(sent).toEqual([]);
  await locked!.edit({ active: true });
  await eventually(async () => {
    expect(await locked!.employee()).toMatchObject({ FirstName: 'Before the lock' });
  }, 30_000);
});

it('a replica that leaves and one that joins under load change nothing in the end', async () => {
  const roll = dice(17);
  const organization = await world.organization();
  const people = await organization.people(12);
  const connectionId = await organization.connected();
  const storm = new Storm(people, roll);
  const coming = (async () => {
    await sleep(1000);
    await replica.stop();
    const { process: another } = await world.stack.replica('employee-sync');
    await sleep(1000);
    await another.stop();
  })();
  await meanwhile(coming, () => storm.edit(), 100);
  await holdsAfter(storm, organization, connectionId);
});
