import type { HumaErrorAnswer, HumaTransportFailure } from '../failure.js';

/** How a request is sent. */
export interface SendOptions {
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** A last look before the request is handed over; false: nothing is sent. */
  readonly beforeSend?: (() => boolean) | undefined;
}

export interface Answer extends HumaErrorAnswer {
  /** Why the end of the body is missing. */
  readonly bodyLost?: 'too-large' | HumaTransportFailure['code'];
}

export type Sent = Answer | HumaTransportFailure;

/** Errors that arise before a connection stands. */
const beforeConnected: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const codeOf = (error: unknown): unknown => (error as { cause?: { code?: unknown } } | null)?.cause?.code;

/**
 * One HTTP request, no redirects, no retries. Never rejects for anything that the network does.
 * @param options `maxBytes`: a longer answer is not read to its end
 */
export const send = async (
  url: string,
  request: Pick<RequestInit, 'method' | 'headers' | 'body'>,
  { timeoutMs, signal, beforeSend, maxBytes }: SendOptions & { readonly maxBytes: number },
): Promise<Sent> => {
  const timeout = AbortSignal.timeout(timeoutMs);
  const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const why = (): HumaTransportFailure['code'] =>
    signal?.aborted ? 'cancelled' : timeout.aborted ? 'timed-out' : 'connection-lost';
  if (signal?.aborted) return { sent: false, code: 'cancelled' };
  if (beforeSend && !beforeSend()) return { sent: false, code: 'deadline-passed' };

  const prepared = new Request(url, { ...request, redirect: 'manual', signal: stop });
  let response: Response;
  try {
    response = await fetch(prepared);
  } catch (error) {
    return beforeConnected.has(codeOf(error)) ? { sent: false, code: 'not-connected' } : { sent: true, code: why() };
  }
  const answer = {
    status: response.status,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    receivedAt: Date.now(),
  };
  try {
    const body = await readText(response, maxBytes);
    return body === null ? { ...answer, body: '', bodyLost: 'too-large' } : { ...answer, body };
  } catch {
    return { ...answer, body: '', bodyLost: why() };
  }
};

/** @returns null when it is too large */
const readText = async (response: Response, maxBytes: number): Promise<string | null> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};
