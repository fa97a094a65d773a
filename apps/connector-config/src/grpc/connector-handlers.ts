import { connectionChanged } from '../connections/connection.js';
import type { Connection } from '../connections/connection.js';
import { stateOf } from '../connections/transitions.js';
import type { ConnectorHandlers } from './connector.js';
import { GrantedPermits } from './granted-permits.js';
import { readClass, readId, readKind, readOptionalId, readOptionalText, readText } from './read.js';
import { status } from '@grpc/grpc-js';
import type { RequestBudget } from '../budget/request-budget.js';
import type { Customers } from '../connections/customers.js';
import type { ConnectionRepository } from '../connections/connection-repository.js';
import type { HumaTokens } from '../huma/huma-tokens.js';
import type { Refusals } from '../refusals/refusals.js';
import type { FinishedRuns } from '../connections/finished-runs.js';
import type { PowerOfficeTokens } from '../tokens/poweroffice-tokens.js';
import type { Secret } from '@huma-poweroffice/platform';
import { GrpcProblem } from './grpc-problem.js';

export interface ConnectorParts {
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly budget: RequestBudget;
  readonly customers: Pick<Customers, 'of'>;
  readonly tokens: PowerOfficeTokens;
  readonly humaTokens: Pick<HumaTokens, 'get'>;
  readonly refusals: Pick<Refusals, 'reported' | 'awaited'>;
  /** Called after a report that may have made a probe due. */
  readonly probeDue: () => void;
  readonly runs: FinishedRuns;
  readonly subscriptionKey: Secret;
}

/** A caller who waits longer asks again. */
const LONGEST_WAIT_MS = 60_000;
/** One round trip to the database, and some: what "do not wait" waits. */
const SHORTEST_WAIT_MS = 100;

const found = (connection: Connection | null): Connection => {
  if (!connection) throw new GrpcProblem(status.NOT_FOUND, 'connection-not-found');
  return connection;
};

const noToken = (outcome: string): GrpcProblem => {
  if (outcome === 'not-found') return new GrpcProblem(status.NOT_FOUND, 'connection-not-found');
  return new GrpcProblem(outcome === 'unavailable' ? status.UNAVAILABLE : status.FAILED_PRECONDITION, outcome);
};

/** What connector-config does for Huma's internal services. */
export const connectorHandlers = (parts: ConnectorParts, granted = new GrantedPermits()): ConnectorHandlers => ({
  GetConnection: async ({ connectionId }) => {
    const { group, client, settings, pauseReason, ...rest } = connectionChanged(
      found(await parts.connections.find(readId(connectionId, 'connection_id'))),
    );
    const { organizationId, version, name, state } = rest;
    return {
      connectionId: rest.connectionId,
      organizationId,
      version,
      name,
      state,
      pauseReason: pauseReason ?? '',
      clientId: client.id,
      clientName: client.name,
      groupType: group?.type ?? '',
      groupId: group?.id ?? '',
      createUsers: settings.createUsers,
      sendPositions: settings.sendPositions,
    };
  },

  GetAccessToken: async ({ connectionId, refusedToken }) => {
    const token = await parts.tokens.get(readId(connectionId, 'connection_id'), refusedToken || null);
    if (token.outcome !== 'usable') throw noToken(token.outcome);
    return {
      accessToken: token.accessToken,
      validForMs: token.leftMs,
      clientId: token.clientId,
      subscriptionKey: parts.subscriptionKey.reveal(),
    };
  },

  GetHumaAccessToken: async ({ organizationId, refusedToken }) => {
    const id = readId(organizationId, 'organization_id');
    if (await parts.connections.find(id)) throw new GrpcProblem(status.NOT_FOUND, 'organization-not-found');
    const token = await parts.humaTokens.get(id, refusedToken || null);
    if (token.outcome !== 'usable') throw noToken(token.outcome);
    return { accessToken: token.accessToken, validForMs: token.leftMs };
  },

  AcquirePermit: async ({ class: wireClass, waitMs, connectionId, organizationId, reference }, { gone }) => {
    const said = readOptionalText(reference, 'reference');
    const wait = Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    const customer = await parts.customers.of(
      readOptionalId(connectionId, 'connection_id'),
      readOptionalId(organizationId, 'organization_id'),
    );
    const permit = await parts.budget.acquire(readClass(wireClass), wait, customer, gone);
    if (!permit) throw new GrpcProblem(status.DEADLINE_EXCEEDED, 'no-permit-in-time');
    if (!gone.aborted) {
      granted.remember(said, permit.permitId);
      return permit;
    }
    await parts.budget.report(permit.permitId, false);
    throw new GrpcProblem(status.CANCELLED, 'caller-gone');
  },

  ReportPermit: async ({ permitId, used, ageMs, reference }, { receivedAt }) => {
    if (permitId === '' && reference !== '') {
      const given = granted.take(reference);
      if (given !== null) await parts.budget.report(given, false);
      return {};
    }
    const agoMs = ageMs + Math.floor(performance.now() - receivedAt);
    await parts.budget.report(readId(permitId, 'permit_id'), used, agoMs);
    return {};
  },

  ReportRateLimited: async ({ retryAfterMs }) => {
    await parts.budget.rateLimited(retryAfterMs);
    return {};
  },

  ReportRunFinished: async ({ connectionId, runId, clientId }) => {
    const id = readId(connectionId, 'connection_id');
    const after = await parts.runs.finished(id, readText(runId, 'run_id'), clientId || null);
    return { state: stateOf(found(after).phase) };
  },

  ReportRefusal: async ({ connectionId, kind }) => {
    readKind(kind);
    const after = await parts.refusals.reported(readId(connectionId, 'connection_id'));
    parts.probeDue();
    return { state: stateOf(found(after).phase) };
  },

  ReportWaitingForPrivilege: async ({ connectionId }) => {
    const connection = await parts.refusals.awaited(readId(connectionId, 'connection_id'));
    parts.probeDue();
    return { state: stateOf(found(connection).phase) };
  },
});
