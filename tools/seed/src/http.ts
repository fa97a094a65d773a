/** An answer; the body is parsed where there is one. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface Question {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request with JSON on both sides; whatever the status, it is answered. */
export const request = async <T = unknown>(
  method: string,
  url: string,
  { body, headers }: Question = {},
): Promise<Answer<T>> => {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as T,
  };
};

/** As {@link request}, but anything that is not a success is thrown. */
export const call = async <T = unknown>(method: string, url: string, question: Question = {}): Promise<T> => {
  const { status, body } = await request<T>(method, url, question);
  if (status >= 300)
    throw new Error(`${method} ${url} answered ${String(status)}: ${JSON.stringify(body ?? '').slice(0, 500)}`);
  return body;
};
