import type { Int64 } from '@huma-poweroffice/poweroffice';
import { fields, type HumaValues, type ShownValues } from '../fields.js';
import { LaneDraft } from './draft.js';
import { isWaitingUnsettled, type Lane, type Link } from './lane.js';

/** An employee as a run collected it. */
export interface CollectedEmployee {
  readonly employeeId: Int64;
  readonly clientId: string;
  readonly reference: Link['reference'];
  readonly shown: ShownValues;
  readonly accountId: Int64 | null;
}

/**
 * Rule 12. A run's link: recorded on a settled lane without a request. The base becomes Huma's values of the version that
 * the run collected, shown what it collected; the lane is due, because Huma may have moved on or the reference is to be
 * written.
 * @returns the lane as it is while an attempt is under way: nothing may be linked then, unless its employee is gone
 */
export const link = (lane: Lane, employee: CollectedEmployee, collected: HumaValues): Lane => {
  if (lane.attempt && !isWaitingUnsettled(lane)) return lane;
  const draft = new LaneDraft({ ...lane, fields: {} });
  for (const field of fields) {
    const base = collected[field];
    if (base !== undefined) draft.put(field, { base });
  }
  // The number behind a salary account is not known where the run could not read the contact's accounts.
  draft.seen(employee.shown, { accounts: employee.shown.bankAccount !== undefined });
  const { employeeId, clientId, reference } = employee;
  return draft.with({
    link: { employeeId, clientId, reference },
    shownAccountId: employee.accountId,
    isNew: false,
    judgeFirst: false,
    attempt: null,
    blocked: null,
    alone: [],
    account: null,
    showsAt: null,
    retry: null,
    looks: null,
    due: true,
  });
};
