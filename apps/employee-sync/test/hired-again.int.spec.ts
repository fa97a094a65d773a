import { eventually } from '@huma-poweroffice/testing';
import type { Runs } from '../src/runs/create-runs.js';
import type { ReportedPersonDto } from '../src/runs/runs.dto.js';
import { by, everybody, execute, reviewed, RunsWorld } from './runs-world.js';
import type { Connected, Someone } from './sending-world.js';

const world = new RunsWorld();
beforeAll(() => world.start());
afterEach(() => world.stopProcesses());
afterAll(() => world.stop());

const creating = { createUsers: true, sendPositions: false, mail: { recipients: [], language: 'en' as const } };
const inStatus = (someone: Someone, status: string, reason?: string): Promise<void> =>
  eventually(async () => {
    expect(await someone.status()).toMatchObject({ status, ...(reason && { reason }) });
  }, 10_000);

/** Somebody who was linked is deleted in Huma, and comes back as another user with the same email. */
const hiredAgain = async (
  between: (connected: Connected, old: Someone) => Promise<unknown> = async () => undefined,
): Promise<{ connected: Connected; old: Someone; again: Someone }> => {
  const connected = await world.connect({ settings: creating });
  const old = await connected.linked({ email: 'again@firma.no' });
  await inStatus(old, 'up-to-date');
  await old.delete();
  await inStatus(old, 'locked', 'deleted');
  await eventually(async () => {
    expect((await old.lane()).locked).toBe('deleted');
  });
  await between(connected, old);
  const again = await connected.person({ email: 'again@firma.no' });
  await inStatus(again, 'blocked', 'email-exists');
  return { connected, old, again };
};

const itemOf = async (runs: Runs, connected: Connected, id: string, someone: Someone): Promise<ReportedPersonDto> =>
  (await everybody(runs, connected, id)).find((p) => p.person?.userId === someone.userId)!;

describe('somebody hired again', () => {
  it('gets the employee when a person says so, and the old user has no part in it any more', async () => {
    const { connected, old, again } = await hiredAgain();
    const { organizationId } = connected;
    const runs = world.started();
    const { id, counts } = await reviewed(runs, connected);
    expect(counts).toEqual({ 'hired-again': 1 });
    const item = await itemOf(runs, connected, id, again);
    expect(item).toMatchObject({
      evidence: {
        code: 'hired-again',
        parameters: {
          deletedUserId: old.userId,
          employeeId: old.employeeId,
          matchedBy: 'email',
          sinceDeletion: 'unchanged',
        },
      },
      employee: { employeeId: old.employeeId },
      ...{ planned: 'link', ticked: false, version: 1 },
    });
    expect((await runs.service.plan(organizationId, id)).links).toBe(0);

    const decide = (version: number, link = true): Promise<unknown> =>
      runs.service.decide(organizationId, id, { userId: again.userId, link, version }, by);
    expect(await decide(1)).toEqual({ userId: again.userId, link: true, version: 2 });
    await expect(decide(1, false)).rejects.toMatchObject({ status: 409, code: 'changed-meanwhile' });
    expect(await execute(runs, connected, id)).toMatchObject({ done: 1, givenBack: 0 });
    await expect(decide(2)).rejects.toMatchObject({ status: 409, code: 'run-state' });

    expect((await again.lane()).link).toMatchObject({ employeeId: old.employeeId });
    expect((await old.lane()).link).toBeNull();
    await inStatus(again, 'up-to-date');
    expect((await again.employee()).Id).toBe(Number(old.employeeId));
    expect((await again.audit()).map((entry) => entry.result)).toEqual(
      expect.arrayContaining(['link-ticked', 'linked']),
    );
    expect((await old.audit()).map((entry) => entry.result)).toContain('link-ended');

    await again.edit({ givenName: 'Comeback' });
    await eventually(async () => {
      expect(await again.employee()).toMatchObject({ FirstName: 'Comeback' });
    }, 10_000);
    const writes = (await connected.writes()).length;
    await old.replay();
    await again.edit({ phone: '+4798765432' });
    await eventually(async () => {
      expect(await again.employee()).toMatchObject({ PhoneNumber: '+4798765432' });
    }, 10_000);
    expect(await connected.writes()).toHaveLength(writes + 1);
    expect(await connected.allEmployees()).toHaveLength(1);
  });

  it('is not linked by a plan that nobody ticked', async () => {
    const { connected, old, again } = await hiredAgain();
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    expect(await execute(runs, connected, id)).toMatchObject({ done: 0, givenBack: 0 });
    expect((await again.lane()).link).toBeNull();
    expect((await old.lane()).link).toMatchObject({ employeeId: old.employeeId });
  });

  it('is told that PowerOffice shows something else than at the deletion, which is no obstacle', async () => {
    const { connected, again } = await hiredAgain((connected, old) =>
      connected.clerk(old.employeeId, { PhoneNumber: '+4799999999' }),
    );
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    const { evidence, version } = await itemOf(runs, connected, id, again);
    expect(evidence.parameters).toMatchObject({ sinceDeletion: 'changed' });
    await runs.service.decide(connected.organizationId, id, { userId: again.userId, link: true, version }, by);
    expect(await execute(runs, connected, id)).toMatchObject({ done: 1 });
  });

  it('keeps no value of who was deleted, only keyed hashes', async () => {
    const { connected, old } = await hiredAgain();
    const [row] = await world.query<{ hashes: Record<string, string> }>(
      'SELECT shown_hashes AS hashes FROM lane WHERE connection_id = $1 AND user_id = $2',
      [connected.id, old.userId],
    );
    expect(Object.keys(row!.hashes)).toEqual(expect.arrayContaining(['email', 'phone']));
    expect(JSON.stringify(row)).not.toContain('again@firma.no');
  });

  it('can be decided on in review only, by people whom the run has, about what is planned', async () => {
    const { connected, again } = await hiredAgain();
    const only = await connected.person();
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    const decide = (userId: string, organizationId = connected.organizationId): Promise<unknown> =>
      runs.service.decide(organizationId, id, { userId, link: true, version: 1 }, by);
    await expect(decide(only.userId)).rejects.toMatchObject({ code: 'nothing-to-decide' });
    await expect(decide(id)).rejects.toMatchObject({ status: 404 });
    await expect(decide(again.userId, id)).rejects.toMatchObject({ status: 404 });
  });
});

it('somebody outside the group whose employee is in the client is out of scope, with the employee', async () => {
  const company = '11111111-1111-4111-8111-111111111111';
  const connected = await world.draft({ group: { type: 'company', id: company } });
  const outside = await world.inBoth(connected, { companies: [] });
  const runs = world.started();
  const { id } = await reviewed(runs, connected);
  expect(await everybody(runs, connected, id)).toMatchObject([
    { situation: 'out-of-scope', person: { userId: outside.userId }, employee: { employeeId: outside.employeeId } },
  ]);
});
