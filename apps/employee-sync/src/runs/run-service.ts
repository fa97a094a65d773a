import { setTimeout as pause } from 'node:timers/promises';
import { notFound, ProblemError } from '@huma-poweroffice/platform';
import { idOf, momentOf, pageOf, rowOf } from '../cursors.js';
import { evidenceText } from './evidence.js';
import type { Plan } from './plan.js';
import { progressOf, type Progress } from './progress.js';
import type { ReportRepository, ReportedItem, ReportFilter } from './report-repository.js';
import type { Run } from './run.js';
import type { RunRepository } from './run-repository.js';
import type { RunRequestsRepository } from './run-requests-repository.js';
import { isFinished, refusalToRun } from './run-states.js';
import type {
  DecisionBody,
  DecisionDto,
  OverlapPageDto,
  ReportedPersonDto,
  RunDto,
  RunPageDto,
  RunPeoplePageDto,
} from './runs.dto.js';

export interface RunServiceOptions {
  readonly requestsPerSecond: number;
  /** There is a run to work on. */
  readonly wake: () => void;
  /** How long somebody may watch one run, in milliseconds; who still wants to know asks again. */
  readonly watchMs?: number;
}

/** How often the progress is looked at for somebody who watches, and how long nothing is said at the most. */
const WATCH_MS = 1000;
const SILENT_LOOKS = 15;
/** A run in review may stay there for days; a browser connects again by itself. */
const LONGEST_WATCH_MS = 15 * 60_000;

/** Each run stores what it has collected: a loop must not fill the database. */
const MOST_RUNS_A_DAY = 10;
/** Progress that one person watches at once. */
const MOST_WATCHED = 5;
const WATCHED_RETRY_SECONDS = 5;

/** Who watches, and until when the token of the request holds (milliseconds since 1970). */
export interface Watcher {
  readonly sub: string;
  readonly expiresAt?: number;
}

/** What people ask of runs. */
export class RunService {
  private readonly ending = new AbortController();
  /** How many streams each person has open in this process. */
  private readonly watching = new Map<string, number>();

  constructor(
    private readonly requests: RunRequestsRepository,
    private readonly runs: RunRepository,
    private readonly reports: ReportRepository,
    private readonly options: RunServiceOptions,
  ) {}

  /** The same key begins one run, however often it is asked. */
  async start(organizationId: string, connectionId: string, begunBy: string, key: string | null): Promise<RunDto> {
    const connection = await this.requests.connection(organizationId, connectionId);
    if (!connection) throw notFound('connection');
    const before = await this.requests.begunWith(connectionId, key);
    if (before !== null) return this.get(organizationId, before);
    const refusal = refusalToRun(connection.state);
    if (refusal !== null) throw new ProblemError(409, refusal, 'This connection cannot be synchronized as it is now.');
    const retryAfterSeconds = await this.requests.secondsUntilNext(connectionId, MOST_RUNS_A_DAY);
    if (retryAfterSeconds !== null)
      throw new ProblemError(429, 'too-many-runs', 'This connection was synchronized too often within a day.', {
        retryAfterSeconds: Math.max(1, retryAfterSeconds),
      });
    const { clientId } = connection;
    const id = await this.requests.insert({ organizationId, connectionId, clientId, begunBy, idempotencyKey: key });
    if (id === null) return this.notBegun(organizationId, connectionId, key);
    this.options.wake();
    return this.get(organizationId, id);
  }

  private async notBegun(organizationId: string, connectionId: string, key: string | null): Promise<RunDto> {
    const twin = await this.requests.begunWith(connectionId, key);
    if (twin !== null) return this.get(organizationId, twin);
    const runId = await this.requests.unfinished(connectionId);
    throw new ProblemError(409, 'run-unfinished', 'Another run of this connection is not finished.', {
      ...(runId !== null && { members: { runId } }),
    });
  }

  async get(organizationId: string, runId: string): Promise<RunDto> {
    const run = await this.read(organizationId, runId);
    return this.view(run, await this.reports.overlapCount(run.connectionId));
  }

  async list(organizationId: string, connectionId: string, limit: number, cursor?: string): Promise<RunPageDto> {
    await this.check(organizationId, connectionId);
    const found = await this.reports.ofConnection(connectionId, momentOf(cursor), limit + 1);
    const overlap = await this.reports.overlapCount(connectionId);
    const page = pageOf(found, limit, (last) => [last.begunAt.toISOString(), last.id]);
    return { ...page, items: page.items.map((run) => this.view(run, overlap)) };
  }

  async people(
    organizationId: string,
    runId: string,
    filter: Omit<ReportFilter, 'after'>,
    cursor?: string,
  ): Promise<RunPeoplePageDto> {
    const run = await this.read(organizationId, runId);
    const { limit } = filter;
    const found = await this.reports.items(run, { ...filter, after: rowOf(cursor), limit: limit + 1 });
    const page = pageOf(found, limit, (last) => [last.no]);
    return { ...page, items: page.items.map(personView) };
  }

  async overlap(organizationId: string, connectionId: string, limit: number, cursor?: string): Promise<OverlapPageDto> {
    await this.check(organizationId, connectionId);
    const found = await this.reports.overlap(connectionId, idOf(cursor), limit + 1);
    const page = pageOf(found, limit, (last) => [last.userId]);
    return {
      ...page,
      items: page.items.map((person) => ({ ...person, alsoCoveredBy: [...person.alsoCoveredBy] })),
      people: await this.reports.overlapCount(connectionId),
    };
  }

  async plan(organizationId: string, runId: string): Promise<Plan> {
    const plan = await this.requests.holding(organizationId, runId, async (tx, run) => {
      if (run.state !== 'review') throw notIn(run, 'A plan is made of a run that is in review.');
      return this.requests.savePlan(tx, run, await this.requests.planNow(tx, runId));
    });
    if (!plan) throw notFound('run');
    return plan;
  }

  /**
   * Decides whether one person is linked. Whoever is hired again is linked only by such a decision.
   * @throws ProblemError 409 when the item has another version than the decision is about
   */
  async decide(
    organizationId: string,
    runId: string,
    { version: seen, ...body }: DecisionBody,
    by: string,
  ): Promise<DecisionDto> {
    const decided = await this.requests.holding(organizationId, runId, async (tx, run) => {
      if (run.state !== 'review') throw notIn(run, 'Decisions are made while the run is in review.');
      const item = await this.requests.decidable(tx, runId, body.userId);
      if (!item) throw notFound('person');
      if (item.planned !== 'link')
        throw new ProblemError(409, 'nothing-to-decide', 'Nothing is planned for this person that could be decided.');
      if (item.version !== seen)
        throw new ProblemError(409, 'changed-meanwhile', 'Somebody else has decided on this person meanwhile.', {
          members: { version: String(item.version) },
        });
      if (item.ticked === body.link) return { ...body, version: seen };
      return { ...body, version: await this.requests.decide(tx, run, item, { ...body, by }) };
    });
    if (!decided) throw notFound('run');
    return decided;
  }

  /** Executes exactly the plan that was reviewed; asked twice, it is done once. */
  async execute(organizationId: string, runId: string, plan: Omit<Plan, 'links'>, by: string): Promise<RunDto> {
    const asked = await this.requests.holding(organizationId, runId, async (tx, run) => {
      const isCurrent = run.planId === plan.planId && run.planHash === plan.planHash;
      if (isCurrent && run.executingAt !== null) return true;
      if (run.state !== 'review') throw notIn(run, 'Only a run that is in review can be executed.');
      const now = await this.requests.planNow(tx, runId);
      if (!isCurrent || now.planHash !== plan.planHash)
        throw new ProblemError(409, 'plan-changed', 'This is not the plan of the run as it is now: make it anew.');
      return this.requests.move(tx, runId, 'executing', by);
    });
    if (asked === null) throw notFound('run');
    this.options.wake();
    return this.get(organizationId, runId);
  }

  /** What was done stays done; nothing more is begun. */
  async cancel(organizationId: string, runId: string, by: string): Promise<RunDto> {
    const asked = await this.requests.holding(organizationId, runId, async (tx, run) => {
      if (run.state === 'cancelled') return true;
      if (run.settledAt !== null || !(await this.requests.move(tx, runId, 'cancelled', by)))
        throw notIn(run, 'Nothing of this run is left to be cancelled.');
      return true;
    });
    if (asked === null) throw notFound('run');
    return this.get(organizationId, runId);
  }

  /**
   * The progress now, whenever it changes, and at the end; also again when nothing has changed for a while. Ends with the
   * run, with the token, or when it was watched for long.
   * @throws ProblemError 429 when the person watches too many already
   */
  async watch(
    organizationId: string,
    runId: string,
    { sub, expiresAt }: Watcher,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<Progress>> {
    const first = await this.read(organizationId, runId);
    const open = this.watching.get(sub) ?? 0;
    if (open >= MOST_WATCHED)
      throw new ProblemError(429, 'too-many-streams', 'You watch too many runs at once.', {
        retryAfterSeconds: WATCHED_RETRY_SECONDS,
      });
    const ends = [signal, this.ending.signal];
    if (expiresAt !== undefined) ends.push(AbortSignal.timeout(Math.max(0, expiresAt - Date.now())));
    const ended = AbortSignal.any(ends);
    const leave = this.enter(sub);
    // A stream that nobody has begun to read ends with its signal only.
    ended.addEventListener('abort', leave);
    return until(this.progress(first, ended), leave);
  }

  /** @returns what ends the counting of this stream, once */
  private enter(sub: string): () => void {
    this.watching.set(sub, (this.watching.get(sub) ?? 0) + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      const open = (this.watching.get(sub) ?? 1) - 1;
      if (open > 0) this.watching.set(sub, open);
      else this.watching.delete(sub);
    };
  }

  /** Ends what is watched, so that a stop of the service waits for nobody; who still watches asks another replica. */
  endWatching(): void {
    this.ending.abort();
  }

  private async *progress(first: Run, signal: AbortSignal): AsyncGenerator<Progress> {
    let told = '';
    let silent = 0;
    const until = performance.now() + (this.options.watchMs ?? LONGEST_WATCH_MS);
    for (let run: Run | null = first; run !== null && !signal.aborted;) {
      const progress = progressOf(run, this.options.requestsPerSecond);
      const text = JSON.stringify(progress);
      silent += 1;
      if (text !== told || silent > SILENT_LOOKS) {
        told = text;
        silent = 0;
        yield progress;
      }
      if (isFinished(run.state) || performance.now() >= until) return;
      await pause(WATCH_MS, undefined, { signal }).catch(() => undefined);
      run = await this.runs.read(first.organizationId, first.id);
    }
  }

  private async read(organizationId: string, runId: string): Promise<Run> {
    const run = await this.runs.read(organizationId, runId);
    if (!run) throw notFound('run');
    return run;
  }

  private async check(organizationId: string, connectionId: string): Promise<void> {
    if (!(await this.requests.connection(organizationId, connectionId))) throw notFound('connection');
  }

  private view(run: Run, overlap: number): RunDto {
    const { planId, planHash } = run;
    return {
      id: run.id,
      connectionId: run.connectionId,
      clientId: run.clientId,
      begunAt: run.begunAt.toISOString(),
      begunBy: run.begunBy,
      peopleAsOf: run.peopleAsOf?.toISOString() ?? null,
      collectedAt: run.collectedAt?.toISOString() ?? null,
      executingAt: run.executingAt?.toISOString() ?? null,
      finishedAt: run.finishedAt?.toISOString() ?? null,
      failure: run.failure,
      counts: { ...run.counts },
      overlap,
      plan: planId !== null && planHash !== null ? { planId, planHash, links: run.planned } : null,
      problems: run.problems.map((problem) => ({ ...problem })),
      ...progressOf(run, this.options.requestsPerSecond),
    };
  }
}

async function* until(progress: AsyncGenerator<Progress>, leave: () => void): AsyncGenerator<Progress> {
  try {
    yield* progress;
  } finally {
    leave();
  }
}

const notIn = ({ state }: Run, title: string): ProblemError =>
  new ProblemError(409, 'run-state', title, { detail: `The run is ${state}.`, members: { state } });

const personView = (item: ReportedItem): ReportedPersonDto => {
  const { userId, userName, userEmail, employeeId, employeeName, employeeEmail, evidence } = item;
  const { code, ...parameters } = evidence;
  return {
    no: item.no,
    situation: item.situation,
    evidence: { code, text: evidenceText(evidence, userId !== null), parameters: { ...parameters } },
    person: userId === null ? null : { userId, name: userName ?? '', email: userEmail },
    employee: employeeId === null ? null : { employeeId, name: employeeName ?? '', email: employeeEmail },
    alsoCoveredBy: [...item.alsoCoveredBy],
    planned: item.planned,
    ticked: item.ticked,
    version: item.version,
    state: item.state,
    reason: item.reason,
  };
};
