import type { NextFunction, Request, Response } from 'express';
import type { Config } from './config.js';
import type { Faults } from './faults.js';
import { parseJson } from './json.js';
import { Problem } from './problem.js';
import { preciseNow, RateLimit, type LoggedRequest, type RequestLog } from './request-log.js';
import type { World } from './state.js';

/** What stands before PowerOffice itself: the request log, the rate limit, the subscription key, and misbehaviour. */
export class Gateway {
  private readonly limit: RateLimit;

  constructor(
    private readonly config: Config,
    private readonly world: World,
    private readonly faults: Faults,
    private readonly log: RequestLog,
  ) {
    this.limit = new RateLimit(config.requestsPerSecond);
  }

  handle = async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    if (this.faults.down) {
      req.socket.destroy();
      return;
    }
    const entry = this.log.add(req.method, req.originalUrl);
    res.on('finish', () => {
      entry.status = res.statusCode;
      entry.answeredAt = preciseNow();
    });
    entry.body = readBody(req);
    const ledger = this.world.byToken((req.headers.authorization ?? '').replace(/^Bearer /i, ''));
    entry.clientId = ledger?.client.id ?? null;
    if (!this.limit.admit(entry.at)) {
      res.setHeader('Retry-After', '1');
      res.status(429).json({ statusCode: '429', message: 'Rate limit is exceeded. Try again in 1 seconds.' });
      return;
    }
    const key = req.headers['ocp-apim-subscription-key'] ?? req.query['subscription-key'];
    if (key !== this.config.subscriptionKey) {
      const word = key === undefined ? 'missing' : 'invalid';
      res.status(401).json({ statusCode: 401, message: `Access denied due to ${word} subscription key.` });
      return;
    }
    if (req.originalUrl.length > 2000) {
      res.status(404).end();
      return;
    }
    if (this.faults.latencyMs > 0) await new Promise((done) => setTimeout(done, this.faults.latencyMs));
    if (await this.misbehave(entry, req, res)) return;
    if (!/\/OAuth\/Token/i.test(req.originalUrl)) {
      if (!ledger) {
        sendOwn(res, 401);
        return;
      }
      res.locals['ledger'] = ledger;
    }
    next();
  };

  /** @returns whether the request has been dealt with */
  private async misbehave(entry: LoggedRequest, req: Request, res: Response): Promise<boolean> {
    const m = this.faults.next(req.method, req.path, entry.clientId);
    if (!m) return false;
    entry.misbehaviour = m.kind;
    switch (m.kind) {
      case 'status':
        if (m.retryAfterSeconds !== undefined) res.setHeader('Retry-After', String(m.retryAfterSeconds));
        if (m.body === undefined) sendOwn(res, m.status);
        else sendGiven(res, m.status, m.body);
        return true;
      case 'page':
        if (m.after === undefined) {
          sendPage(res, m.status);
          return true;
        }
        answerBy(res, () => sendPage(res, m.status));
        return false;
      case 'gateway':
        res.status(m.status).json({ statusCode: m.status, message: m.message ?? 'The gateway does not pass this on.' });
        return true;
      case 'hang':
        if (m.after === undefined) return true;
        answerBy(res, () => undefined);
        return false;
      case 'slow':
        await new Promise((done) => setTimeout(done, m.ms));
        return false;
      case 'late':
        req.socket.destroy();
        await new Promise((done) => setTimeout(done, m.ms));
        return false;
      case 'lose-answer': {
        const { socket } = req;
        res.end = (() => {
          entry.status = res.statusCode;
          socket.destroy();
          return res;
        }) as typeof res.end;
        return false;
      }
      case 'broken-body': {
        const end = res.end.bind(res) as (chunk?: string) => Response;
        res.send = ((body?: unknown) => end(brokenBody(m.form ?? 'html', body))) as typeof res.send;
        return false;
      }
    }
  }
}

/** Has the request done as ever, but answered in another way. */
const answerBy = (res: Response, answer: () => void): void => {
  const send = res.send.bind(res);
  const end = res.end.bind(res);
  res.send = res.end = (() => {
    Object.assign(res, { send, end });
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    answer();
    return res;
  }) as unknown as typeof res.end & typeof res.send;
};

const brokenBody = (form: 'html' | 'empty' | 'truncated', body: unknown): string => {
  if (form === 'html') return '<html>not what you think';
  const text = typeof body === 'string' ? body : '';
  return form === 'empty' ? '' : text.slice(0, Math.ceil(text.length / 2));
};

const sendPage = (res: Response, status: number): void => {
  res.status(status).type('text/html').send('<!DOCTYPE html><title>Sorry</title><p>The request is blocked.</p>');
};

const sendGiven = (res: Response, status: number, body: string): void => {
  const isJson = /^\s*[[{]/.test(body);
  res
    .status(status)
    .type(isJson ? 'application/json' : 'text/html')
    .send(body);
};

/** An answer of PowerOffice's own, or of the gateway's where only that answers so: as documented for the status. */
const sendOwn = (res: Response, status: number): void => {
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
  if (status === 429) res.status(429).json({ statusCode: '429', message: 'Rate limit is exceeded.' });
  else if (status < 400 || status >= 500 || status === 401 || status === 403) res.status(status).end();
  else {
    const problem = new Problem(status, 'Misbehaviour', 'This answer was asked for.');
    res.status(status).type('application/problem+json').send(JSON.stringify(problem.body()));
  }
};

const readBody = (req: Request): unknown => {
  if (typeof req.body !== 'string' || /form-urlencoded/.test(String(req.headers['content-type']))) return null;
  try {
    return JSON.parse(
      JSON.stringify(parseJson(req.body), (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)),
    );
  } catch {
    return req.body;
  }
};
