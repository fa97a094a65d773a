/**
 * How a lane is claimed, sent, recorded and settled. Pure: the lane and what happened go in, the lane and what to do
 * come out. The numbers in the comments are those of the rules in docs/lane-protocol.md.
 */
import type { Int64, JsonPatchOperation, NumberSeries } from '@huma-poweroffice/poweroffice';
import { accountNumber, fields, mapValue, sameShown } from './fields.js';
import type { Field, HumaValues, ShownValues } from './fields.js';
import { sameValue, type Json } from './json.js';
import type { Attempt, AttemptKind, FieldState, Lane, LockReason, Refused, WaitsFor } from './lane.js';
import { employeeBody, patchOperations } from './patch.js';

/** How long each part of a request may take, in milliseconds. All four parts of a wait are needed. */
export interface Timing {
  /** From the commit of the intent until the request must have gone out. */
  readonly sendWindowMs: number;
  /** The client's time-out for an answer. */
  readonly clientTimeoutMs: number;
  /** The longest processing at PowerOffice after the client gave up. */
  readonly processingMs: number;
  /** The longest lag of a read behind a write. */
  readonly readLagMs: number;
  /** The lease, longer than send window and time-out together. */
  readonly leaseMs: number;
}

/** What is true at the moment of a step, read under the lane's row lock. */
export interface World {
  /** The database's clock, milliseconds since 1970. */
  readonly now: number;
  /** A new id for the attempt or the read-back that the step may begin. */
  readonly id: string;
  /** 0 up to 1, spreads retries. */
  readonly jitter: number;
  readonly timing: Timing;
  /** What Huma says now; null when the person is not known. */
  readonly person: {
    readonly version: number;
    readonly values: HumaValues;
    readonly state: 'active' | 'deactivated' | 'deleted';
  } | null;
  readonly inScope: boolean;
  readonly connection: { readonly active: boolean; readonly clientId: string; readonly createUsers: boolean };
  /** The PowerOffice client of the token that was got before the claim. */
  readonly tokenClientId: string;
  readonly writable: ReadonlySet<Field>;
  readonly series: readonly NumberSeries[] | null;
  /** Employees of the client with the person's email; null: the index must be refreshed first. */
  readonly sameEmail: readonly { readonly employeeId: Int64; readonly reference: string | null }[] | null;
}

/** What the holder of a claim has to do now, at once. */
export type Task =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refresh-index' }
  | { readonly kind: 'patch'; readonly employeeId: Int64; readonly operations: JsonPatchOperation[] }
  | { readonly kind: 'create'; readonly body: { readonly [name: string]: Json } }
  | { readonly kind: 'account-look'; readonly employeeId: Int64 }
  | { readonly kind: 'account-create'; readonly employeeId: Int64; readonly account: Json }
  | { readonly kind: 'salary-set'; readonly employeeId: Int64; readonly accountId: Int64 }
  | { readonly kind: 'read'; readonly employeeId: Int64 }
  | { readonly kind: 'read-back'; readonly what: 'employee' | 'accounts' | 'salary'; readonly employeeId: Int64 }
  | { readonly kind: 'look-up'; readonly reference: string };

/** What came of a request. `gone`: the employee does not exist. `not-sent`: nothing was done, so it is tried again. */
export type Answer =
  | {
      readonly outcome: 'applied';
      readonly employeeId: Int64 | null;
      readonly shown: ShownValues | null;
      readonly accountId: Int64 | null;
    }
  | {
      readonly outcome: 'refused';
      readonly reason: string;
      readonly detail: string | null;
      /** What the refused values wait for, where the answer says more than that they were refused. */
      readonly waitsFor?: WaitsFor;
    }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'not-sent'; readonly retryAfterMs: number | null }
  | { readonly outcome: 'unknown' };

/** What a read-back or a look-up showed. `failed`: nothing was learned; it is repeated. */
export type Reading =
  | {
      readonly outcome: 'found';
      readonly employeeId: Int64;
      readonly archived: boolean;
      readonly shown: ShownValues;
      readonly accountId: Int64 | null;
    }
  | { readonly outcome: 'accounts'; readonly accountId: Int64 | null }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'failed'; readonly retryAfterMs: number | null };

/** What a step did to a field, for the audit and for those who wait for the outcome. */
export interface FieldChange {
  readonly field: Field;
  readonly result:
    | 'applied'
    | 'refused'
    | 'kept-foreign-value'
    | 'missing-in-huma'
    /** Huma went back from a refused value to the one that was settled. */
    | 'taken-back'
    | 'settled'
    | 'repeated'
    | 'unknown';
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly reason?: string;
  readonly detail?: string | null;
}

export interface Step<T = undefined> {
  readonly lane: Lane;
  readonly task: T;
  readonly changes: readonly FieldChange[];
}

type States = Partial<Record<Field, FieldState>>;

const NOTHING: Task = { kind: 'nothing' };

/** What an employee is created with when PowerOffice refused more. */
const neededToCreate: readonly Field[] = ['email', 'givenName', 'familyName'];

/** Sets a field's state, leaving out what is undefined. */
const put = (states: States, field: Field, change: { [K in keyof FieldState]?: FieldState[K] | undefined }): void => {
  const merged = Object.entries({ ...states[field], ...change }).filter(([, value]) => value !== undefined);
  states[field] = Object.fromEntries(merged);
};

const allShown = (states: States, shown: ShownValues): void => {
  for (const field of fields) if (shown[field] !== undefined) put(states, field, { shown: shown[field] });
};

const backOff = (lane: Lane, world: World, askedMs: number | null): Lane['retry'] => {
  const count = (lane.retry?.count ?? 0) + 1;
  const delay = Math.min(60_000, 250 * 2 ** Math.min(count, 10)) * (0.5 + world.jitter / 2);
  return { count, notBefore: world.now + Math.max(Math.round(delay), askedMs ?? 0) };
};

/** Why nothing may be sent for the person now; null when sending is allowed. */
export const lockReason = (world: Pick<World, 'person' | 'inScope'>): LockReason | null => {
  if (!world.person) return 'unknown-person';
  if (world.person.state !== 'active') return world.person.state;
  return world.inScope ? null : 'out-of-scope';
};

/** 7. A lease that ran out only turns the attempt into unknown; a read-back that ran out is repeated. */
export const expire = (lane: Lane, now: number): Lane => {
  const { attempt } = lane;
  if (!attempt) return lane;
  if (attempt.reading && attempt.reading.leaseUntil <= now) return { ...lane, attempt: { ...attempt, reading: null } };
  if (attempt.outcome === 'open' && attempt.leaseUntil <= now) {
    if (attempt.kind === 'read' || attempt.kind === 'account-look') return { ...lane, due: true, attempt: null };
    return { ...lane, due: true, attempt: { ...attempt, outcome: 'unknown' } };
  }
  return lane;
};

/** A value of Huma's that differs from what was settled, and what it would be in PowerOffice. */
interface Candidate {
  readonly field: Field;
  readonly huma: Json;
  readonly sent: Json;
}

const isPair = (state: FieldState | undefined, value: Json): boolean =>
  state?.pair !== undefined && sameValue(state.pair, value);

/** What an ask has tried again; what we refused ourselves is looked at each time. */
const asksFor: { readonly [A in NonNullable<Lane['asked']>]: WaitsFor | 'anything' } = {
  person: 'anything',
  number: 'freed-number',
  privilege: 'privilege',
};

const stillRefused = (refused: Refused | undefined, value: Json, asked: Lane['asked']): boolean => {
  if (refused?.by !== 'poweroffice' || !sameValue(refused.value, value)) return false;
  const tried = asked && asksFor[asked];
  return tried !== 'anything' && tried !== refused.waitsFor;
};

/** 3. The fields where Huma differs from base, pair and refused; those that cannot be sent are refused on the spot. */
const candidates = (
  lane: Lane,
  world: World,
  values: HumaValues,
  states: States,
  changes: FieldChange[],
): Candidate[] => {
  const found: Candidate[] = [];
  for (const field of fields) {
    const huma = values[field];
    const state = states[field];
    if (huma === undefined) continue;
    if (isPair(state, huma)) {
      put(states, field, { base: huma, pair: undefined, refused: undefined });
      continue;
    }
    if (sameValue(state?.base, huma)) {
      if (state?.refused) {
        changes.push({ field, result: 'taken-back', before: state.shown, after: state.shown });
        put(states, field, { refused: undefined });
      }
      continue;
    }
    const mapped = mapValue(field, huma, { series: world.series });
    if (huma === null && 'cannot' in mapped) {
      if (state?.base !== undefined)
        changes.push({ field, result: 'missing-in-huma', before: state.shown, after: undefined });
      put(states, field, {
        base: null,
        refused: undefined,
        note: state?.base === undefined ? undefined : 'missing-in-huma',
      });
      continue;
    }
    const refusal: Refused | null =
      'cannot' in mapped
        ? {
            value: huma,
            reason: mapped.cannot,
            detail: null,
            waitsFor: field === 'employmentId' ? 'number-series' : 'change',
            by: 'us',
          }
        : world.writable.has(field)
          ? null
          : { value: huma, reason: 'not-permitted', detail: null, waitsFor: 'privilege', by: 'us' };
    if (refusal) {
      if (!sameValue(state?.refused?.value, huma) || state?.refused?.reason !== refusal.reason) {
        changes.push({ field, result: 'refused', before: state?.shown, after: undefined, reason: refusal.reason });
      }
      put(states, field, { refused: refusal });
      continue;
    }
    if (stillRefused(state?.refused, huma, lane.asked)) continue;
    // Tried again in this step or in one that follows it, when nobody asks any more.
    if (state?.refused) put(states, field, { refused: undefined });
    found.push({ field, huma, sent: (mapped as { send: Json }).send });
  }
  return found;
};

const newAttempt = (
  kind: AttemptKind,
  chosen: readonly Candidate[],
  world: World,
  more?: Partial<Attempt>,
): Attempt => {
  const { sendWindowMs, clientTimeoutMs, processingMs, readLagMs, leaseMs } = world.timing;
  return {
    id: world.id,
    kind,
    clientId: world.tokenClientId,
    values: Object.fromEntries(chosen.map(({ field, huma, sent }) => [field, { huma, sent }])),
    version: world.person?.version ?? 0,
    leaseUntil: world.now + leaseMs,
    settleAfter: world.now + sendWindowMs + clientTimeoutMs + processingMs + readLagMs,
    outcome: 'open',
    refusal: null,
    writesReference: false,
    accountId: null,
    reading: null,
    ...more,
  };
};

/** 8. A read-back of an unsettled lane, once everything sent before must have arrived and must show. */
const readBack = (lane: Lane, attempt: Attempt, world: World): Step<Task> => {
  const reading = { id: world.id, leaseUntil: world.now + world.timing.leaseMs };
  const claimed: Lane = { ...lane, attempt: { ...attempt, reading } };
  const employeeId = lane.link?.employeeId;
  if (attempt.kind === 'create' || employeeId === undefined) {
    return { lane: claimed, task: { kind: 'look-up', reference: lane.userId }, changes: [] };
  }
  const what = attempt.kind === 'account-create' ? 'accounts' : attempt.kind === 'salary-set' ? 'salary' : 'employee';
  return { lane: claimed, task: { kind: 'read-back', what, employeeId }, changes: [] };
};

/** 10. Creating, for a lane that is new: never while somebody in PowerOffice has the email already. */
const decideCreate = (lane: Lane, world: World, found: readonly Candidate[]): Step<Task> => {
  const settled: Lane = { ...lane, due: false, asked: null };
  const sameEmail = world.sameEmail ?? [];
  const ours = sameEmail.find((e) => e.reference === lane.userId);
  if (!ours && sameEmail.length > 0) {
    const detail = sameEmail.map((e) => e.employeeId).join(', ');
    return { lane: { ...settled, blocked: { reason: 'email-exists', detail } }, task: NOTHING, changes: [] };
  }
  const chosen = found.filter(
    ({ field, sent }) => field !== 'bankAccount' && sent !== null && !lane.alone.includes(field),
  );
  if (!['givenName', 'familyName'].every((name) => chosen.some(({ field }) => field === name))) {
    return { lane: { ...settled, blocked: { reason: 'name-missing', detail: null } }, task: NOTHING, changes: [] };
  }
  if (ours) {
    // An earlier create of ours that our database does not remember: found by its reference, it is judged, not repeated.
    const attempt = newAttempt('create', chosen, world, { outcome: 'unknown', settleAfter: world.now });
    return readBack({ ...settled, blocked: null }, attempt, world);
  }
  const values = Object.fromEntries(chosen.map(({ field, sent }) => [field, sent]));
  return {
    lane: { ...settled, blocked: null, attempt: newAttempt('create', chosen, world) },
    task: { kind: 'create', body: employeeBody(values, lane.userId) },
    changes: [],
  };
};

/** 17. The salary account: look for it, create it where it is missing, point to it; each an attempt of its own. */
const decideAccount = (lane: Lane, world: World, account: Candidate, employeeId: Int64): Step<Task> => {
  const number = accountNumber(account.sent);
  const known = lane.account?.number === number ? lane.account : null;
  const begin = (kind: AttemptKind, task: Task, accountId: Int64 | null = null): Step<Task> => ({
    lane: { ...lane, account: known, attempt: newAttempt(kind, [account], world, { accountId }) },
    task,
    changes: [],
  });
  if (!known) return begin('account-look', { kind: 'account-look', employeeId });
  if (known.id === null) return begin('account-create', { kind: 'account-create', employeeId, account: account.sent });
  return begin('salary-set', { kind: 'salary-set', employeeId, accountId: known.id }, known.id);
};

/** 3. One transaction claims, decides and records the intent: claiming is writing the intent. */
export const claim = (before: Lane, world: World): Step<Task> => {
  const reason = lockReason(world);
  const lane: Lane = { ...expire(before, world.now), locked: before.link ? reason : null };
  const idle = (l: Lane = lane): Step<Task> => ({ lane: l, task: NOTHING, changes: [] });
  if (reason !== null || !world.connection.active) return idle();
  if (world.tokenClientId !== world.connection.clientId) return idle();
  const { attempt } = lane;
  if (attempt) {
    const ready = attempt.outcome === 'unknown' && !attempt.reading && attempt.settleAfter <= world.now;
    if (!ready || (lane.retry && lane.retry.notBefore > world.now)) return idle();
    // 2. What was sent to another client cannot be read back with this token.
    if (attempt.clientId !== world.tokenClientId) return idle();
    return readBack(lane, attempt, world);
  }
  // Somebody who waits for it may try before the pause after a failure is over.
  const pausing = lane.retry !== null && lane.retry.notBefore > world.now && lane.asked !== 'person';
  if (!lane.due || pausing) return idle();
  if (lane.blocked && lane.blocked.reason === 'employee-gone' && lane.asked === null)
    return idle({ ...lane, due: false });

  const isLinked = lane.link !== null && lane.link.clientId === world.tokenClientId;
  if (!isLinked) {
    // Nobody wants this person in PowerOffice yet, so nothing of them is judged.
    if (!lane.isNew || !world.connection.createUsers) return idle({ ...lane, due: false, asked: null });
    if (world.sameEmail === null) return { lane, task: { kind: 'refresh-index' }, changes: [] };
  }

  const states: States = { ...lane.fields };
  const changes: FieldChange[] = [];
  const found = candidates(lane, world, world.person?.values ?? {}, states, changes);
  const decided: Lane = { ...lane, due: false, asked: null, fields: states };
  if (!lane.link || lane.link.clientId !== world.tokenClientId) {
    return { ...decideCreate({ ...lane, fields: states }, world, found), changes };
  }

  const { employeeId } = lane.link;
  const patchable = found.filter(({ field }) => field !== 'bankAccount');
  const single = patchable.find(({ field }) => lane.alone.includes(field));
  const together = patchable.filter(({ field }) => !lane.alone.includes(field));
  const chosen = together.length > 0 ? together : single ? [single] : [];
  const account = found.find(({ field }) => field === 'bankAccount');
  const writesReference =
    lane.link.reference === 'absent' && together.length === patchable.length && (chosen.length > 0 || !account);
  const unseen = chosen.some(({ field }) => field === 'homeAddress' && states.homeAddress?.shown === undefined);
  if (unseen) {
    return {
      lane: { ...decided, due: true, attempt: newAttempt('read', [], world) },
      task: { kind: 'read', employeeId },
      changes,
    };
  }
  if (chosen.length > 0 || writesReference) {
    const operations = chosen.flatMap(({ field, sent }) => patchOperations(field, sent, states[field]?.shown));
    if (writesReference) operations.push({ op: 'replace', path: '/ExternalImportReference', value: lane.userId });
    for (const { field } of chosen) put(states, field, { pair: undefined, refused: undefined });
    return {
      lane: {
        ...decided,
        blocked: null,
        due: account !== undefined,
        attempt: newAttempt('patch', chosen, world, { writesReference }),
      },
      task: { kind: 'patch', employeeId, operations },
      changes,
    };
  }
  if (account) {
    const step = decideAccount({ ...decided, blocked: null }, world, account, employeeId);
    return { ...step, changes };
  }
  // Nothing was sent, so nothing tells that an employee who was gone is back.
  const blocked = lane.blocked?.reason === 'employee-gone' ? lane.blocked : null;
  return { lane: { ...decided, blocked, retry: null, account: null }, task: NOTHING, changes };
};

const refuse = (
  states: States,
  attempt: Attempt,
  answer: Extract<Answer, { outcome: 'refused' }>,
  changes: FieldChange[],
): void => {
  const { reason, detail } = answer;
  for (const field of fields) {
    const value = attempt.values[field];
    if (!value) continue;
    const waitsFor = answer.waitsFor ?? (field === 'employmentId' ? 'freed-number' : 'change');
    changes.push({ field, result: 'refused', before: states[field]?.shown, after: value.sent, reason, detail });
    put(states, field, { refused: { value: value.huma, reason, detail, waitsFor, by: 'poweroffice' } });
  }
};

/** Fields of an attempt that arrived: base becomes the attempt's Huma value. */
const applied = (states: States, attempt: Attempt, shown: ShownValues | null, changes: FieldChange[]): void => {
  for (const field of fields) {
    const value = attempt.values[field];
    if (!value) continue;
    changes.push({ field, result: 'applied', before: states[field]?.shown, after: value.sent });
    put(states, field, {
      base: value.huma,
      refused: undefined,
      note: undefined,
      shown: shown ? states[field]?.shown : undefined,
    });
  }
  if (shown) allShown(states, shown);
};

/** Whether a field of rule 3 is left, so that the lane stays due. */
const isLeft = (lane: Lane, world: World, states: States): boolean =>
  candidates(lane, world, world.person?.values ?? {}, { ...states }, []).length > 0;

/** 5, 6. Records an answer, only while the lane still holds this attempt; else everything is discarded. */
export const record = (lane: Lane, attemptId: string, answer: Answer, world: World): Step => {
  const { attempt } = lane;
  if (attempt?.id !== attemptId) return { lane, task: undefined, changes: [] };
  const states: States = { ...lane.fields };
  const changes: FieldChange[] = [];
  const closed: Lane = { ...lane, attempt: null, fields: states };
  const done = (l: Lane, retry: Lane['retry'] = null): Step => ({
    lane: { ...l, retry, due: l.due || isLeft(l, world, states) },
    task: undefined,
    changes,
  });
  switch (answer.outcome) {
    case 'unknown':
      // A read changes nothing: it is simply done again.
      if (attempt.kind === 'read' || attempt.kind === 'account-look') {
        return { lane: { ...closed, due: true, retry: backOff(lane, world, null) }, task: undefined, changes };
      }
      return { lane: { ...lane, due: true, attempt: { ...attempt, outcome: 'unknown' } }, task: undefined, changes };
    case 'not-sent':
      return {
        lane: { ...closed, due: true, retry: backOff(lane, world, answer.retryAfterMs) },
        task: undefined,
        changes,
      };
    case 'gone':
      return {
        lane: { ...closed, due: false, alone: [], blocked: { reason: 'employee-gone', detail: null } },
        task: undefined,
        changes,
      };
    case 'refused':
      if (attempt.kind === 'create') {
        // 11. Perhaps an earlier create of ours has arrived: looked up by the reference when reads must show it.
        const refusal = { reason: answer.reason, detail: answer.detail };
        return {
          lane: {
            ...lane,
            due: true,
            attempt: { ...attempt, outcome: 'unknown', refusal, settleAfter: world.now + world.timing.readLagMs },
          },
          task: undefined,
          changes,
        };
      }
      if (attempt.kind === 'patch') {
        const names = Object.keys(attempt.values) as Field[];
        // A privilege is missing for the whole request: nothing is learned from its parts.
        const whole = answer.waitsFor === 'privilege';
        if (!whole && names.length + (attempt.writesReference ? 1 : 0) > 1) {
          return { lane: { ...closed, due: true, alone: names, retry: null }, task: undefined, changes };
        }
        if (names.length === 0 && lane.link && !whole)
          return done({ ...closed, link: { ...lane.link, reference: 'refused' } });
      }
      refuse(states, attempt, answer, changes);
      return done({
        ...closed,
        alone: lane.alone.filter((f) => !attempt.values[f]),
        account: attempt.kind === 'patch' ? lane.account : null,
      });
    case 'applied':
      return recordApplied(lane, attempt, answer, closed, states, changes, done);
  }
};

const recordApplied = (
  lane: Lane,
  attempt: Attempt,
  answer: Extract<Answer, { outcome: 'applied' }>,
  closed: Lane,
  states: States,
  changes: FieldChange[],
  done: (lane: Lane) => Step,
): Step => {
  const number = attempt.values.bankAccount ? accountNumber(attempt.values.bankAccount.sent) : '';
  switch (attempt.kind) {
    case 'read':
      if (answer.shown) allShown(states, answer.shown);
      return done({ ...closed, due: true });
    case 'account-look':
      return done({ ...closed, due: true, account: { number, id: answer.accountId } });
    case 'account-create':
      // The answer may be unreadable: then the account is looked for by its number.
      return done({
        ...closed,
        due: true,
        account: answer.accountId === null ? null : { number, id: answer.accountId },
      });
    case 'salary-set':
      applied(states, attempt, null, changes);
      put(states, 'bankAccount', { shown: attempt.values.bankAccount?.sent });
      return done({ ...closed, account: null, shownAccountId: attempt.accountId });
    case 'create': {
      if (answer.employeeId === null) {
        // Applied, but the answer does not say where: found by the reference.
        return { lane: { ...lane, due: true, attempt: { ...attempt, outcome: 'unknown' } }, task: undefined, changes };
      }
      applied(states, attempt, answer.shown, changes);
      for (const field of fields)
        if (states[field]?.base === undefined && !attempt.values[field]) put(states, field, { base: null });
      const link = { employeeId: answer.employeeId, clientId: attempt.clientId, reference: 'ours' as const };
      return done({ ...closed, isNew: false, blocked: null, link });
    }
    case 'patch': {
      applied(states, attempt, answer.shown, changes);
      const link = lane.link && attempt.writesReference ? { ...lane.link, reference: 'ours' as const } : lane.link;
      return done({ ...closed, link, alone: lane.alone.filter((f) => !attempt.values[f]) });
    }
  }
};

/** 9. One field against what was read: r read, v sent, shown before. */
const judge = (
  field: Field,
  states: States,
  attempt: Attempt,
  read: ShownValues,
  world: World,
  changes: FieldChange[],
): void => {
  const value = attempt.values[field];
  const r = read[field];
  const state = states[field];
  const now = world.person?.values[field];
  if (r === undefined) {
    // Hidden from us: it is sent again after the wait.
    changes.push({ field, result: 'repeated', before: state?.shown, after: value?.sent });
    return;
  }
  const mapped = now === undefined ? null : mapValue(field, now, { series: world.series });
  if (now !== undefined && mapped && 'send' in mapped && sameShown(field, r, mapped.send)) {
    changes.push({ field, result: 'settled', before: state?.shown, after: r });
    put(states, field, { base: now, note: undefined, refused: undefined });
  } else if (value && sameShown(field, r, value.sent)) {
    changes.push({ field, result: 'settled', before: state?.shown, after: r });
    put(states, field, { base: value.huma, note: undefined });
  } else if (state?.shown !== undefined && sameShown(field, r, state.shown)) {
    // Nothing of ours arrived: base stays, the field is due.
  } else {
    const base = value ? value.huma : now;
    if (base === undefined) return;
    changes.push({ field, result: 'kept-foreign-value', before: state?.shown, after: r });
    put(states, field, { base, note: 'kept-foreign-value' });
  }
};

/** 8, 9, 11. Settles an unknown attempt by what was read, only while the lane still holds this read-back. */
export const settle = (lane: Lane, readingId: string, reading: Reading, world: World): Step => {
  const { attempt } = lane;
  if (attempt?.reading?.id !== readingId) return { lane, task: undefined, changes: [] };
  const states: States = { ...lane.fields };
  const changes: FieldChange[] = [];
  const closed: Lane = { ...lane, attempt: null, due: true, retry: null, fields: states };
  const step = (l: Lane): Step => ({ lane: l, task: undefined, changes });
  if (reading.outcome === 'failed') {
    const retry = backOff(lane, world, reading.retryAfterMs);
    return step({ ...lane, retry, attempt: { ...attempt, reading: null } });
  }
  if (attempt.kind === 'account-create') {
    const number = attempt.values.bankAccount ? accountNumber(attempt.values.bankAccount.sent) : '';
    return step({ ...closed, account: { number, id: reading.outcome === 'accounts' ? reading.accountId : null } });
  }
  if (attempt.kind === 'create') {
    if (reading.outcome !== 'found') {
      // Not found: sent again, the reference makes that safe; after a refusal it was refused for a reason of its own.
      const { refusal } = attempt;
      if (!refusal) return step(closed);
      // One bad field must not hold the person: created with the fewest, the others follow one by one.
      const dispensable = (Object.keys(attempt.values) as Field[]).filter((field) => !neededToCreate.includes(field));
      if (dispensable.length > 0) return step({ ...closed, alone: dispensable });
      return step({ ...closed, due: false, blocked: { reason: refusal.reason, detail: refusal.detail } });
    }
    if (reading.archived)
      return step({ ...closed, due: false, blocked: { reason: 'employee-archived', detail: reading.employeeId } });
    const link = { employeeId: reading.employeeId, clientId: world.tokenClientId, reference: 'ours' as const };
    for (const field of fields) {
      // Before it was created the employee had no value of any field.
      put(states, field, { base: states[field]?.base ?? null, shown: states[field]?.shown ?? null });
      if (world.person?.values[field] !== undefined) judge(field, states, attempt, reading.shown, world, changes);
    }
    allShown(states, reading.shown);
    return step({ ...closed, link, isNew: false, blocked: null, shownAccountId: reading.accountId });
  }
  if (reading.outcome !== 'found')
    return step({ ...closed, due: false, blocked: { reason: 'employee-gone', detail: null } });
  for (const field of fields) if (attempt.values[field]) judge(field, states, attempt, reading.shown, world, changes);
  allShown(states, reading.shown);
  const arrived =
    attempt.kind === 'salary-set' && states.bankAccount?.base !== undefined && reading.accountId === attempt.accountId;
  return step({ ...closed, shownAccountId: reading.accountId, account: arrived ? null : lane.account });
};

/**
 * 12. A run's link: recorded on a settled lane without a request. Base becomes Huma's values of the version that the
 * run collected, shown what it collected; due when Huma has moved on since, or the reference is to be written.
 */
export const link = (
  lane: Lane,
  employee: {
    readonly employeeId: Int64;
    readonly clientId: string;
    readonly reference: NonNullable<Lane['link']>['reference'];
    readonly shown: ShownValues;
    readonly accountId: Int64 | null;
  },
  collected: HumaValues,
): Lane => {
  if (lane.attempt) return lane;
  const states: States = {};
  for (const field of fields) {
    const base = collected[field];
    if (base !== undefined) put(states, field, { base });
    if (employee.shown[field] !== undefined) put(states, field, { shown: employee.shown[field] });
  }
  const { employeeId, clientId, reference } = employee;
  return {
    ...emptyFrom(lane),
    link: { employeeId, clientId, reference },
    fields: states,
    shownAccountId: employee.accountId,
    due: true,
  };
};

const emptyFrom = (lane: Lane): Lane => ({
  ...lane,
  isNew: false,
  blocked: null,
  alone: [],
  account: null,
  retry: null,
});
