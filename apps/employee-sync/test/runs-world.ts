import type { ConnectionChanged, HumaUserMessage } from '@huma-poweroffice/contracts';
import { eventually } from '@huma-poweroffice/testing';
import { createRuns, type Runs, type RunsNeeds } from '../src/runs/create-runs.js';
import type { ReportedPersonDto, RunDto } from '../src/runs/runs.dto.js';
import { SendingWorld, type Connected, type Someone } from './sending-world.js';

/** Runs over a real database and PowerOffice's simulator. */
export class RunsWorld extends SendingWorld {
  private readonly processes: Runs[] = [];

  /** A process of its own, as far as runs are concerned. */
  process(change: Partial<RunsNeeds> = {}): Runs {
    const { database, keyring, connector, client, sending, logger } = this;
    const caughtUp = async (): Promise<void> => undefined;
    const runs = createRuns({ database, keyring, connector, client, sending, logger, caughtUp, ...change });
    this.processes.push(runs);
    return runs;
  }
  started(change: Partial<RunsNeeds> = {}): Runs {
    const runs = this.process(change);
    runs.start();
    return runs;
  }
  async stopProcesses(): Promise<void> {
    await Promise.all(this.processes.splice(0).map((runs) => runs.stop()));
  }

  async draft(change: Partial<ConnectionChanged> = {}): Promise<Connected> {
    return this.connect({ state: 'draft', activatedAt: null, ...change });
  }

  /** Somebody in both systems whom only the email tells to be the same. */
  async inBoth(
    connected: Connected,
    change: Partial<HumaUserMessage> = {},
    employee: Record<string, unknown> = {},
  ): Promise<Someone> {
    const someone = await connected.person(change);
    const { user } = someone;
    const [created] = await connected.employees([
      {
        FirstName: user.givenName,
        LastName: user.familyName,
        EmailAddress: user.email.toUpperCase(),
        BankAccountNumber: user.bankAccount?.number,
        ...employee,
      },
    ]);
    someone.employeeId = String(created?.Id);
    return someone;
  }
}

export const by = 'kari';

/** Begins a run and waits until it can be reviewed. */
export const reviewed = async (runs: Runs, connected: Connected): Promise<RunDto> => {
  const { id } = await runs.service.start(connected.organizationId, connected.id, by, null);
  return inState(runs, connected, id, 'review');
};

export const inState = (
  runs: Runs,
  connected: Connected,
  runId: string,
  state: RunDto['state'],
  withinMs = 20_000,
): Promise<RunDto> =>
  eventually(async () => {
    const run = await runs.service.get(connected.organizationId, runId);
    expect(run.state).toBe(state);
    return run;
  }, withinMs);

export const execute = async (runs: Runs, connected: Connected, runId: string): Promise<RunDto> => {
  const plan = await runs.service.plan(connected.organizationId, runId);
  await runs.service.execute(connected.organizationId, runId, plan, by);
  return inState(runs, connected, runId, 'done');
};

/** All people of a report, page by page. */
export const everybody = async (
  runs: Runs,
  connected: Connected,
  runId: string,
  filter: { situation?: string; state?: string; search?: string } = {},
  limit = 200,
): Promise<ReportedPersonDto[]> => {
  const all: ReportedPersonDto[] = [];
  let cursor: string | undefined;
  do {
    const page = await runs.service.people(connected.organizationId, runId, { ...filter, limit }, cursor);
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
};

/** How often each person was said to be linked, in the audit and to others. */
export const timesLinked = async (
  world: SendingWorld,
  connected: Connected,
): Promise<{ audit: number; outcomes: number; people: number }> => {
  const [row] = await world.query<{ audit: number; outcomes: number; people: number }>(
    `SELECT (SELECT count(*) FROM audit WHERE connection_id = $1 AND result = 'linked')::int AS audit,
            (SELECT count(*) FROM outbox WHERE convert_from(value, 'UTF8')::jsonb ->> 'connectionId' = $1::text
                AND convert_from(value, 'UTF8')::jsonb ->> 'result' = 'linked')::int AS outcomes,
            (SELECT count(*) FROM lane WHERE connection_id = $1 AND linked_employee IS NOT NULL)::int AS people`,
    [connected.id],
  );
  return row!;
};
