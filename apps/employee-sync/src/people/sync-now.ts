import { notFound, type Database } from '@huma-poweroffice/platform';
import { claim } from '@huma-poweroffice/sync-rules';
import type { AuditRepository } from '../audit/audit-repository.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository } from '../lanes/world-repository.js';
import { callOf } from '../sending/call.js';
import { intendedChanges } from '../sending/report.js';
import type { SyncNowDto } from './people.dto.js';
import { LaneWatch } from './lane-watch.js';
import type { LaneHead, PeopleQueries } from './people-queries.js';
import { entryOf } from './people.service.js';
import { changeView } from './person-view.js';
import { SyncLimits } from './sync-limits.js';

/** How long a person waits for the answer before it goes on without them. */
const WAIT_MS = 15_000;
const MOST_STEPS = 50;
const underWay: ReadonlySet<string> = new Set(['waiting', 'sending', 'retrying', 'unsettled']);

/** "Sync now": a person is looked at before all others, or only asked what would be sent. */
export class SyncNow {
  private readonly limits = new SyncLimits();
  private readonly watch: LaneWatch;

  constructor(
    private readonly database: Database,
    private readonly queries: PeopleQueries,
    private readonly lanes: LaneRepository,
    private readonly worlds: WorldRepository,
    private readonly audit: AuditRepository,
  ) {
    this.watch = new LaneWatch(queries);
  }

  run(organizationId: string, connectionId: string, userId: string, dryRun: boolean, by: string): Promise<SyncNowDto> {
    return dryRun
      ? this.preview(organizationId, connectionId, userId)
      : this.limits.within(connectionId, userId, by, () => this.real(organizationId, connectionId, userId, by));
  }

  /** Decides as a claim would, also what would be sent when a connection that is paused is resumed; writes nothing. */
  private async preview(organizationId: string, connectionId: string, userId: string): Promise<SyncNowDto> {
    const { head, sendsNow } = await this.head(organizationId, connectionId, userId);
    const stored = await this.lanes.read(this.database, connectionId, userId);
    const worlds = stored && (await this.worlds.read(this.database, connectionId, [stored], null));
    if (!worlds) throw notFound('person');
    const context = worlds.of(stored);
    const { lane, task, changes } = claim(
      { ...stored.lane, due: true, asked: 'person' },
      { ...context, connection: { ...context.connection, active: true } },
    );
    const { status, reason } = head;
    const intended = callOf(task) === null || stored.lane.attempt ? [] : intendedChanges(lane);
    return {
      dryRun: true,
      sendsNow,
      settled: task.kind === 'nothing',
      status,
      reason,
      nextCall: callOf(task),
      changes: [...intended, ...changes].map(changeView),
      steps: [],
    };
  }

  private async real(organizationId: string, connectionId: string, userId: string, by: string): Promise<SyncNowDto> {
    const { sendsNow } = await this.head(organizationId, connectionId, userId);
    const [newest] = await this.audit.list(this.database, connectionId, { userId, limit: 1 });
    await this.database.transaction((tx) => this.lanes.ask(tx, connectionId, userId, `sync now by ${by}`));
    const head = await this.settled(connectionId, userId);
    const entries = await this.audit.list(this.database, connectionId, { userId, limit: MOST_STEPS });
    const steps = entries.filter((entry) => !newest || BigInt(entry.id) > BigInt(newest.id)).reverse();
    return {
      dryRun: false,
      sendsNow,
      settled: !underWay.has(head.status) && head.status !== 'paused',
      status: head.status,
      reason: head.reason,
      nextCall: null,
      changes: [],
      steps: steps.map(entryOf),
    };
  }

  private async settled(connectionId: string, userId: string): Promise<LaneHead> {
    const deadline = performance.now() + WAIT_MS;
    const head = await this.watch.until(connectionId, userId, (seen) => {
      // An unsettled lane takes as long as everything on the way may take: nobody waits for that.
      const waits = seen !== null && underWay.has(seen.status) && seen.status !== 'unsettled';
      return !waits || performance.now() > deadline;
    });
    if (!head) throw notFound('person');
    return head;
  }

  private async head(
    organizationId: string,
    connectionId: string,
    userId: string,
  ): Promise<{ readonly head: LaneHead; readonly sendsNow: boolean }> {
    const connection = await this.queries.connection(organizationId, connectionId);
    if (!connection) throw notFound('connection');
    const head = await this.queries.lane(connectionId, userId);
    if (!head) throw notFound('person');
    return { head, sendsNow: connection.state === 'active' };
  }
}
