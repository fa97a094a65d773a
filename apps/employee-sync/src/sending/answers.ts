import type { Failure, ReadOutcome, WriteOutcome } from '@huma-poweroffice/poweroffice';
import type { Answer, Reading } from '@huma-poweroffice/sync-rules';

/** PowerOffice's own words, for people. */
const detailOf = ({ title, detail, fieldErrors }: Failure): string | null => {
  const texts = [
    title,
    detail,
    ...(fieldErrors ?? []).flatMap(({ field, messages }) => `${field}: ${messages.join(' ')}`),
  ];
  const said = texts.filter((text) => text !== undefined && text !== '');
  return said.length === 0 ? null : said.join(' ');
};

/** A 4xx was not done: either it will not work until something changes, or it may work later. */
const refusedAs = (failure: Failure): Answer => {
  const { kind, code, retryAfterMs = null } = failure;
  if (kind === 'unavailable' || kind === 'unauthorized') return { outcome: 'not-sent', retryAfterMs };
  if (kind === 'not-found') return { outcome: 'gone' };
  const detail = detailOf(failure);
  if (kind === 'forbidden') return { outcome: 'refused', reason: 'not-permitted', detail, waitsFor: 'privilege' };
  return { outcome: 'refused', reason: code, detail };
};

/** What became of a write, in the lane protocol's terms. */
export const writeAnswer = <T>(
  outcome: WriteOutcome<T>,
  applied: (body: T) => Omit<Extract<Answer, { outcome: 'applied' }>, 'outcome'>,
): Answer => {
  switch (outcome.outcome) {
    case 'applied':
      return { outcome: 'applied', ...applied(outcome.body) };
    case 'refused':
      return refusedAs(outcome.failure);
    case 'not-sent':
      return { outcome: 'not-sent', retryAfterMs: outcome.failure.retryAfterMs ?? null };
    case 'unknown':
      return { outcome: 'unknown' };
  }
};

/** What became of a read that an attempt needed: nothing was changed, so a failure is only a later try. */
export const readAnswer = <T>(
  outcome: ReadOutcome<T>,
  applied: (value: T) => Omit<Extract<Answer, { outcome: 'applied' }>, 'outcome'>,
): Answer => {
  if (outcome.outcome === 'found') return { outcome: 'applied', ...applied(outcome.value) };
  if (outcome.outcome === 'not-found') return { outcome: 'gone' };
  return { outcome: 'not-sent', retryAfterMs: outcome.failure.retryAfterMs ?? null };
};

/** What a read-back showed. */
export const readingOf = <T>(outcome: ReadOutcome<T>, found: (value: T) => Reading): Reading => {
  if (outcome.outcome === 'found') return found(outcome.value);
  if (outcome.outcome === 'not-found') return { outcome: 'absent' };
  return { outcome: 'failed', retryAfterMs: outcome.failure.retryAfterMs ?? null };
};
