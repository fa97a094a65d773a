import { failedHumaRead, failedHumaWrite, type HumaReadOutcome, type HumaWriteOutcome } from '../failure.js';
import { ShapeError } from './shape.js';
import type { Answer, Sent } from './transport.js';

const isAnswer = (sent: Sent): sent is Answer => 'status' in sent;
const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** @returns where the body is not what it should be, if anywhere */
const readBody = <T>({ body }: Answer, read: (json: unknown) => T): { value: T } | { where: string } => {
  try {
    return { value: read(JSON.parse(body)) };
  } catch (error) {
    if (error instanceof ShapeError) return { where: error.field };
    if (error instanceof SyntaxError) return { where: 'not JSON' };
    throw error;
  }
};

/** The outcome of a read. An answer whose end was lost on the way may come whole the next time. */
export const readOutcome = <T>(sent: Sent, read: (json: unknown) => T): HumaReadOutcome<T> => {
  if (!isAnswer(sent) || !isSuccess(sent)) return failedHumaRead(sent);
  if (sent.bodyLost !== undefined && sent.bodyLost !== 'too-large')
    return failedHumaRead({ sent: true, code: sent.bodyLost });
  const body = sent.bodyLost === 'too-large' ? { where: 'too large' } : readBody(sent, read);
  if ('value' in body) return { outcome: 'found', value: body.value };
  const failure = { kind: 'bug', code: 'unreadable-answer', status: sent.status, fields: [body.where] } as const;
  return { outcome: 'failed', failure };
};

/** The outcome of a write: a 2xx is applied, whatever its body. */
export const writeOutcome = <T>(sent: Sent, read: (json: unknown) => T): HumaWriteOutcome<T> => {
  if (!isAnswer(sent) || !isSuccess(sent)) return failedHumaWrite(sent);
  const body = readBody(sent, read);
  return { outcome: 'applied', body: 'value' in body ? body.value : null };
};
