import { randomUUID } from 'node:crypto';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import type { Origin } from '@huma-poweroffice/contracts';
import type { Domain } from './domain.js';
import { HumaError } from './huma-error.js';
import type { Organization, User } from './model.js';
import { groupFilter, readChange, readNewUser, userFilter, whole } from './questions.js';
import { details, groupShape, summary } from './shapes.js';

const TOKEN_SECONDS = 3600;
const MOST_USERS = 50;
const MOST_GROUPS = 25;

const organizationId = (res: Response): string => String(res.locals['organizationId']);

/** A call that carries a correlation id comes back in the event's origin. */
const originOf = (req: Request): Origin => {
  const correlationId = req.get('X-Correlation-Id') ?? null;
  return { kind: 'api', name: correlationId ? 'poweroffice-go' : null, correlationId };
};

const page = <T>(
  req: Request,
  all: readonly T[],
  shape: (item: T) => object,
  fallback: number,
  max: number,
): object => {
  const offset = whole(req, 'offset', 0, Number.MAX_SAFE_INTEGER);
  const limit = whole(req, 'limit', fallback, max);
  return { total: all.length, items: all.slice(offset, offset + limit).map(shape), filters: {}, meta: {} };
};

/** Huma's Open API, as far as the product uses it. */
export const openApi = (domain: Domain): Router => {
  const router = Router();
  const tokens = new Map<string, { organization: Organization; until: number }>();

  router.post('/auth/oauth/token', express.urlencoded({ extended: false }), express.json(), (req, res) => {
    const body = (req.body ?? {}) as Record<string, string>;
    const organization = [...domain.organizations.values()].find(
      (o) => o.clientId === body['client_id'] && o.clientSecret === body['client_secret'],
    );
    if (body['grant_type'] !== 'client_credentials')
      throw new HumaError(400, 'field:invalid-format', 'grant_type is not supported', ['grant_type']);
    if (!organization) {
      res.status(401).json({ error: 'invalid_token', error_description: 'Bad credentials' });
      return;
    }
    const token = randomUUID();
    tokens.set(token, { organization, until: Date.now() + TOKEN_SECONDS * 1000 });
    res.json({
      access_token: token,
      token_type: 'bearer',
      expires_in: TOKEN_SECONDS,
      organizationId: organization.id,
      // The credentials act as a user of their own.
      userId: organization.clientId,
    });
  });

  const signedIn = (req: Request, res: Response, next: NextFunction): void => {
    const found = tokens.get((req.headers.authorization ?? '').replace(/^Bearer /i, ''));
    if (!found || found.until < Date.now()) {
      res.status(401).json({ error: 'invalid_token', error_description: 'The access token is invalid or has expired' });
      return;
    }
    res.locals['organizationId'] = found.organization.id;
    next();
  };
  const body = express.json({ limit: '1mb' });

  router.get('/users', signedIn, (req, res) => {
    const found = domain.usersOf(organizationId(res)).filter(userFilter(req));
    res.json(page(req, found, (user) => summary(user, domain), 25, MOST_USERS));
  });
  router.post('/users', signedIn, body, async (req, res) => {
    const { groups, ...texts } = readNewUser(req.body);
    const of = (type: string): string[] => groups.filter((id) => domain.groups.get(id)?.type === type);
    const member = { companies: of('company'), locations: of('location'), teams: of('team') };
    const profile = { ...texts, ...member, active: true };
    const [user] = await domain.addUsers(organizationId(res), [{ profile }], originOf(req));
    res.json(summary(user as User, domain));
  });
  router.get('/users/:id', signedIn, (req, res) => {
    res.json(details(domain.user(organizationId(res), String(req.params['id'])), domain));
  });
  router.patch('/users/:id', signedIn, body, async (req, res) => {
    const change = readChange(req.body);
    const user = await domain.changeUser(organizationId(res), String(req.params['id']), change, originOf(req));
    res.json(details(user, domain));
  });

  router.get('/groups', signedIn, (req, res) => {
    const found = [...domain.groups.values()].filter(groupFilter(req, organizationId(res)));
    res.json(page(req, found, groupShape, 10, MOST_GROUPS));
  });
  router.get('/groups/:id', signedIn, (req, res) => {
    const group = domain.groups.get(String(req.params['id']));
    if (group?.organizationId !== organizationId(res))
      throw new HumaError(404, 'object:not-found', 'The group was not found');
    res.json(groupShape(group));
  });
  return router;
};
