import { notFound, type Database } from '@huma-poweroffice/platform';
import type { AuditRepository, AuditRow } from '../audit/audit-repository.js';
import { entryIdOf, idOf, pageOf } from '../cursors.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository } from '../lanes/world-repository.js';
import type { PeopleQueries, LaneFilter, LaneHead } from './people-queries.js';
import { changeView, fieldViews } from './person-view.js';
import type { AuditEntryDto, AuditPageDto, LaneHeadDto, LanePageDto, PersonDto, SummaryDto } from './people.dto.js';

/** Of the writes of a person, so many are shown on the person's page. */
const LAST_WRITES = 20;

/** What an administrator sees of people. */
export class PeopleService {
  constructor(
    private readonly database: Database,
    private readonly queries: PeopleQueries,
    private readonly lanes: LaneRepository,
    private readonly worlds: WorldRepository,
    private readonly audit: AuditRepository,
  ) {}

  async summary(organizationId: string, connectionId: string): Promise<SummaryDto> {
    const connection = await this.queries.connection(organizationId, connectionId);
    if (!connection) throw notFound('connection');
    const counts = await this.queries.counts(connectionId);
    const of = (...statuses: string[]): number =>
      counts.filter(({ status }) => statuses.includes(status)).reduce((sum, { people }) => sum + people, 0);
    // What a disconnected connection had to do is never done.
    const isOver = connection.state === 'disconnected';
    const oldest = isOver ? [] : counts.flatMap((count) => (count.oldest ? [count.oldest.getTime()] : []));
    return {
      ...connection,
      people: Object.fromEntries(counts.map(({ status, people }) => [status, people])),
      waiting: of('waiting', 'sending', 'unsettled', 'retrying', ...(isOver ? [] : ['paused'])),
      blocked: of('blocked', 'partly-refused'),
      locked: of('locked'),
      oldestWaitingSince: oldest.length === 0 ? null : new Date(Math.min(...oldest)).toISOString(),
    };
  }

  async list(
    organizationId: string,
    connectionId: string,
    filter: Omit<LaneFilter, 'after'>,
    cursor?: string,
  ): Promise<LanePageDto> {
    await this.check(organizationId, connectionId);
    const found = await this.queries.lanes(connectionId, {
      ...filter,
      after: idOf(cursor) ?? undefined,
      limit: filter.limit + 1,
    });
    const { items, nextCursor } = pageOf(found, filter.limit, (last) => [last.userId]);
    return { items: items.map(headOf), nextCursor };
  }

  async person(organizationId: string, connectionId: string, userId: string): Promise<PersonDto> {
    await this.check(organizationId, connectionId);
    const head = await this.queries.lane(connectionId, userId);
    const stored = head && (await this.lanes.read(this.database, connectionId, userId));
    const worlds = stored && (await this.worlds.read(this.database, connectionId, [stored], null));
    if (!worlds) throw notFound('person');
    const writes = await this.audit.list(this.database, connectionId, { userId, limit: LAST_WRITES });
    const { blocked, link, looks, retry } = stored.lane;
    return {
      ...headOf(head),
      employeeClientId: link?.clientId ?? null,
      blocked,
      looksAgainAt: looks ? new Date(looks.at).toISOString() : null,
      retriesAt: retry ? new Date(retry.notBefore).toISOString() : null,
      fields: fieldViews(stored.lane, worlds.of(stored)),
      lastWrites: writes.map(entryOf),
    };
  }

  async auditPage(
    organizationId: string,
    connectionId: string,
    filter: { readonly userId?: string | undefined; readonly limit: number },
    cursor?: string,
  ): Promise<AuditPageDto> {
    await this.check(organizationId, connectionId);
    const found = await this.audit.list(this.database, connectionId, {
      userId: filter.userId,
      before: entryIdOf(cursor),
      limit: filter.limit + 1,
    });
    const { items, nextCursor } = pageOf(found, filter.limit, (last) => [last.id]);
    return { items: items.map(entryOf), nextCursor };
  }

  /** @throws ProblemError 404 also when the connection is another organisation's */
  async check(organizationId: string, connectionId: string): Promise<void> {
    if (!(await this.queries.connection(organizationId, connectionId))) throw notFound('connection');
  }
}

const headOf = ({ connectionId: _, ...head }: LaneHead): LaneHeadDto => ({
  ...head,
  waitingSince: head.waitingSince?.toISOString() ?? null,
});

export const entryOf = ({
  id,
  at,
  knownAt,
  userId,
  employeeId,
  attemptId,
  cause,
  call,
  result,
  fields,
  changes,
}: AuditRow): AuditEntryDto => ({
  id,
  at: at.toISOString(),
  knownAt: knownAt?.toISOString() ?? null,
  userId,
  employeeId,
  attemptId,
  cause,
  call,
  result,
  fields: [...fields],
  changes: changes.map(changeView),
});
