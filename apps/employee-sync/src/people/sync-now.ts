import { notFound, type Database } from '@huma-poweroffice/platform';
import { claim } from '@huma-poweroffice/sync-rules';
import type { AuditRepository } from '../audit/audit-repository.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository } from '../lanes/world-repository.js';
import { callOf } from '../sending/call.js';
import { intendedChanges } from '../sending/report.js';
import type { SyncNowDto } from './people.dto.js';
import type { LaneHead, PeopleQueries } from './people-queries.js';
import { entryOf } from './people.service.js';
import { changeView } from './person-view.js';

/** How long a person waits for the answer before it goes on without them. */
const WAIT_MS = 15_000;
const LOOK_MS = 100;
const MOST_STEPS = 50;
const underWay: ReadonlySet<string> = new Set(['waiting', 'sending', 'retrying', 'unsettled']);

/** "Sync now": a person is looked at before all others, or only asked what would be sent. */
export class SyncNow {
  constructor(
    private readonly database: Database,
    private readonly queries: PeopleQueries,
    private readonly lanes: LaneRepository,
    private readonly worlds: WorldRepository,
    private readonly audit: AuditRepository,
  ) {}

  run(organizationId: string, connectionId: string, userId: string, dryRun: boolean, by: string): Promise<SyncNowDto> {
    return dryRun
      ? this.preview(organizationId, connectionId, userId)
      : this.real(organizationId, connectionId, userId, by);
  }

  /** Decides as a claim would, and writes nothing. */
  private async preview(organizationId: string, connectionId: string, userId: string): Promise<SyncNowDto> {
    const head = await this.head(organizationId, connectionId, userId);
    const stored = await this.lanes.read(this.database, connectionId, userId);
    const worlds = stored && (await this.worlds.read(this.database, connectionId, [stored], null));
    if (!worlds) throw notFound('person');
    const { lane, task, changes } = claim({ ...stored.lane, due: true, asked: 'person' }, worlds.of(stored));
    const { status, reason } = head;
    const intended = callOf(task) === null || stored.lane.attempt ? [] : intendedChanges(lane);
    return {
      dryRun: true,
      settled: task.kind === 'nothing',
      status,
      reason,
      nextCall: callOf(task),
      changes: [...intended, ...changes].map(changeView),
      steps: [],
    };
  }

  private async real(organizationId: string, connectionId: string, userId: string, by: string): Promise<SyncNowDto> {
    await this.head(organizationId, connectionId, userId);
    const [newest] = await this.audit.list(this.database, connectionId, { userId, limit: 1 });
    await this.database.transaction((tx) => this.lanes.ask(tx, connectionId, userId, `sync now by ${by}`));
    const head = await this.settled(connectionId, userId);
    const entries = await this.audit.list(this.database, connectionId, { userId, limit: MOST_STEPS });
    const steps = entries.filter((entry) => !newest || BigInt(entry.id) > BigInt(newest.id)).reverse();
    return {
      dryRun: false,
      settled: !underWay.has(head.status),
      status: head.status,
      reason: head.reason,
      nextCall: null,
      changes: [],
      steps: steps.map(entryOf),
    };
  }

  private async settled(connectionId: string, userId: string): Promise<LaneHead> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const head = await this.queries.lane(connectionId, userId);
      if (!head) throw notFound('person');
      // An unsettled lane takes as long as everything on the way may take: nobody waits for that.
      const waits = underWay.has(head.status) && head.status !== 'unsettled';
      if (!waits || performance.now() > deadline) return head;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }

  private async head(organizationId: string, connectionId: string, userId: string): Promise<LaneHead> {
    if (!(await this.queries.connection(organizationId, connectionId))) throw notFound('connection');
    const head = await this.queries.lane(connectionId, userId);
    if (!head) throw notFound('person');
    return head;
  }
}
