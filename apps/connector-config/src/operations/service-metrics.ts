import { metrics } from '@huma-poweroffice/platform/service';
import { permitClasses } from '../budget/permit-queue.js';
import type { BudgetObserver } from '../budget/request-budget.js';
import { connectionStates } from '@huma-poweroffice/contracts';
import type { GrpcObserver } from '../grpc/grpc-server.js';

const seconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What this service counts; a scrape of /metrics reads it. */
export const serviceMetrics = {
  granted: metrics.counter({
    name: 'poweroffice_permits_granted_total',
    help: 'Permits that were granted, by class',
    labelNames: ['class'],
  }),
  denied: metrics.counter({
    name: 'poweroffice_permits_denied_total',
    help: 'Callers who got no permit in time or left, by class',
    labelNames: ['class'],
  }),
  wait: metrics.histogram({
    name: 'poweroffice_permit_wait_seconds',
    help: 'How long who got a permit waited for it, by class',
    labelNames: ['class'],
    buckets: seconds,
  }),
  waiting: metrics.gauge({
    name: 'poweroffice_permits_waiting',
    help: 'Callers who wait for a permit in this process, by class',
    labelNames: ['class'],
  }),
  rateLimited: metrics.counter({
    name: 'poweroffice_rate_limited_total',
    help: 'Answers 429 of PowerOffice that were reported here',
  }),
  slots: metrics.gauge({ name: 'poweroffice_budget_slots', help: 'Requests that are allowed in a second' }),
  slotsInUse: metrics.gauge({
    name: 'poweroffice_budget_slots_in_use',
    help: 'Slots of the budget that are not free, over all processes',
  }),
  renewals: metrics.counter({
    name: 'access_token_renewals_total',
    help: 'Requests for a new access token, by whose and how they ended',
    labelNames: ['of', 'outcome'],
  }),
  connections: metrics.gauge({ name: 'connections', help: 'Connections by state', labelNames: ['state'] }),
  ownKeysRefused: metrics.gauge({
    name: 'poweroffice_own_keys_refused',
    help: '1 while PowerOffice refuses our own keys',
  }),
  outboxDepth: metrics.gauge({ name: 'outbox_messages', help: 'Messages that wait in the outbox' }),
  outboxAge: metrics.gauge({ name: 'outbox_oldest_seconds', help: 'Age of the oldest message in the outbox' }),
  grpc: metrics.histogram({
    name: 'grpc_server_handling_seconds',
    help: 'Calls that were answered, by method and status',
    labelNames: ['method', 'code'],
    buckets: seconds,
  }),
} as const;

export const budgetObserver: BudgetObserver = {
  granted: (permitClass, waitedMs) => {
    serviceMetrics.granted.inc({ class: permitClass });
    serviceMetrics.wait.observe({ class: permitClass }, waitedMs / 1000);
  },
  denied: (permitClass) => {
    serviceMetrics.denied.inc({ class: permitClass });
  },
  rateLimited: () => {
    serviceMetrics.rateLimited.inc();
  },
};

export const grpcObserver: GrpcObserver = {
  handled: (method, code, ms) => {
    serviceMetrics.grpc.observe({ method, code }, ms / 1000);
  },
};

/** Every class and state is there from the start: what is missing cannot be told from zero. */
export const initializeMetrics = (): void => {
  for (const permitClass of permitClasses) {
    serviceMetrics.granted.inc({ class: permitClass }, 0);
    serviceMetrics.denied.inc({ class: permitClass }, 0);
    serviceMetrics.waiting.set({ class: permitClass }, 0);
  }
  for (const state of connectionStates) serviceMetrics.connections.set({ state }, 0);
};
