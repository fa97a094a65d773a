import {
  classifyHuma,
  failedHumaRead,
  failedHumaWrite,
  type HumaFailure,
  type HumaFailureCode,
  type HumaReadOutcome,
  type HumaWriteOutcome,
} from '../failure.js';
import { parseJson } from '../json.js';
import { MisfitError, ShapeError } from './shape.js';
import type { Answer, Sent } from './transport.js';

const isAnswer = (sent: Sent): sent is Answer => 'status' in sent;
const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** A success that is none, because it cannot be read or is about something else. */
const unusable = (answer: Answer, effect: 'read' | 'write', code: HumaFailureCode, where: string): HumaFailure => ({
  ...classifyHuma(answer, effect),
  code,
  fields: [where],
});

/** Reads a success, or says why it is none. An answer whose end was lost on the way may come whole the next time. */
const readSuccess = <T>(
  answer: Answer,
  effect: 'read' | 'write',
  read: (json: unknown) => T,
): { readonly value: T } | { readonly failure: HumaFailure } => {
  if (answer.bodyLost === 'too-large') return { failure: unusable(answer, effect, 'answer-too-large', 'too large') };
  if (answer.bodyLost !== undefined) return { failure: classifyHuma({ sent: true, code: answer.bodyLost }, effect) };
  try {
    return { value: read(parseJson(answer.body)) };
  } catch (error) {
    if (error instanceof MisfitError) return { failure: unusable(answer, effect, 'answer-does-not-fit', error.field) };
    if (error instanceof ShapeError) return { failure: unusable(answer, effect, 'unreadable-answer', error.field) };
    if (error instanceof SyntaxError) return { failure: unusable(answer, effect, 'unreadable-answer', 'not JSON') };
    throw error;
  }
};

/** The outcome of a read. */
export const readOutcome = <T>(sent: Sent, read: (json: unknown) => T): HumaReadOutcome<T> => {
  if (!isAnswer(sent) || !isSuccess(sent)) return failedHumaRead(sent);
  const success = readSuccess(sent, 'read', read);
  return 'value' in success ? { outcome: 'found', value: success.value } : { outcome: 'failed', ...success };
};

/** The outcome of a write. A success that cannot be read, or is about something else, tells nothing about the write. */
export const writeOutcome = <T>(sent: Sent, read: (json: unknown) => T): HumaWriteOutcome<T> => {
  if (!isAnswer(sent) || !isSuccess(sent)) return failedHumaWrite(sent);
  const success = readSuccess(sent, 'write', read);
  return 'value' in success ? { outcome: 'applied', body: success.value } : { outcome: 'unknown', ...success };
};
