import { waits, type WaitsFor } from '../reasons.js';
import type { DecisionContext } from './context.js';
import { isWaitingUnsettled, type Lane, type Refused } from './lane.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long after the step that made somebody wait, and after each look in vain, the lane is looked at by itself. */
const delays = [5 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR];

const delay = (count: number, { jitter }: Pick<DecisionContext, 'jitter'>): number =>
  Math.round((delays[Math.min(count, delays.length - 1)] ?? 24 * HOUR) * (1 + jitter / 4));

/** What the lane waits for, of the whole person and of single values. */
export const waitingFor = ({ blocked, fields }: Pick<Lane, 'blocked' | 'fields'>): WaitsFor[] => [
  ...new Set([
    ...(blocked ? [blocked.waitsFor] : []),
    ...Object.values(fields).flatMap(({ refused }) => (refused ? [refused.waitsFor] : [])),
  ]),
];

/**
 * Whether a look may end the wait. What we refuse by ourselves for a value of Huma's only Huma can change. What we refuse
 * by what is known of the client is decided again without a request, should a change have been missed.
 */
const looksHelp = ({ blocked, fields }: Lane): boolean =>
  (blocked !== null && waits[blocked.waitsFor].looksAgain && blocked.reason !== 'name-missing') ||
  Object.values(fields).some(({ refused }) => refused && mayEnd(refused));

const mayEnd = ({ by, waitsFor }: Refused): boolean =>
  waits[waitsFor].looksAgain && (by === 'poweroffice' || waitsFor !== 'change');

/**
 * Rule 21. Plans the next look at what waits: minutes after it began to wait, then hours, then once a day. A lane that
 * is due or has an attempt needs none.
 */
export const withLooks = (lane: Lane, context: Pick<DecisionContext, 'now' | 'jitter'>): Lane => {
  if (!looksHelp(lane)) return lane.looks === null ? lane : { ...lane, looks: null };
  if (lane.looks === null) return { ...lane, looks: { count: 0, at: context.now + delay(0, context) } };
  const isReading = lane.attempt !== null && lane.attempt.reading !== null;
  const isBusy = (lane.due || lane.attempt !== null) && (!isWaitingUnsettled(lane) || isReading);
  if (isBusy || lane.looks.at > context.now) return lane;
  const count = lane.looks.count + 1;
  return { ...lane, looks: { count, at: context.now + delay(count, context) } };
};
