import { randomUUID } from 'node:crypto';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import { HumaError, type Domain } from './domain.js';
import type { Organization, User } from './model.js';

const TOKEN_SECONDS = 3600;
const MAX_PAGE = 50;

const wrapped = (value: unknown): object => ({
  value: value ?? null,
  editable: true,
  completeness: 'details',
  integrations: {},
});

/** A user as the API shows one: most values are wrapped. */
const details = (user: User, domain: Domain): object => {
  const p = user.profile as HumaUserMessage;
  const groups = (ids: string[]): object[] =>
    ids.flatMap((id) => {
      const g = domain.groups.get(id);
      return g ? [{ id: g.id, name: g.name, type: g.type }] : [];
    });
  return {
    id: user.id,
    givenName: wrapped(p.givenName),
    familyName: wrapped(p.familyName),
    email: wrapped(p.email),
    phone: wrapped(p.phone),
    birthDate: wrapped(p.birthDate),
    gender: wrapped(p.gender),
    homeAddress: wrapped(p.homeAddress),
    bankAccount: wrapped(p.bankAccount),
    employmentId: wrapped(p.employmentId),
    identifications: wrapped(p.identifications ?? []),
    companies: wrapped(groups(p.companies)),
    locations: wrapped(groups(p.locations)),
    teams: wrapped(groups(p.teams)),
    status: { active: p.active },
    connectedIntegrations: {},
  };
};

const whole = (req: Request, name: string, fallback: number, max: number): number => {
  const n = Number(req.query[name] ?? fallback);
  if (!Number.isInteger(n) || n < 0 || n > max)
    throw new HumaError(400, 'field:invalid-format', `${name} must be between 0 and ${String(max)}`, [name]);
  return n;
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
    res.json({ access_token: token, token_type: 'bearer', expires_in: TOKEN_SECONDS, organizationId: organization.id });
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
  const organizationId = (res: Response): string => String(res.locals['organizationId']);
  const body = express.json({ limit: '1mb' });

  router.get('/users', signedIn, (req, res) => {
    const all = domain.usersOf(organizationId(res)).filter((u) => u.profile);
    const offset = whole(req, 'offset', 0, Number.MAX_SAFE_INTEGER);
    const limit = whole(req, 'limit', 25, MAX_PAGE);
    res.json({
      total: all.length,
      items: all.slice(offset, offset + limit).map((u) => details(u, domain)),
      filters: {},
      meta: {},
    });
  });
  router.post('/users', signedIn, body, async (req, res) => {
    const { givenName, familyName, email, phone, groups } = req.body as Record<string, string> & { groups?: string[] };
    const missing = Object.entries({ givenName, familyName, email, groups })
      .filter(([, v]) => !v?.length)
      .map(([k]) => k);
    if (missing.length > 0) throw new HumaError(400, 'field:required', 'Required fields are missing', missing);
    const of = (type: string): string[] => (groups ?? []).filter((id) => domain.groups.get(id)?.type === type);
    const profile = {
      givenName,
      familyName,
      email,
      ...(phone ? { phone } : {}),
      companies: of('company'),
      locations: of('location'),
      teams: of('team'),
      active: true,
    };
    const [user] = await domain.addUsers(organizationId(res), [{ profile: profile as HumaUserMessage }], originOf(req));
    res.status(201).json(details(user as User, domain));
  });
  router.get('/users/:id', signedIn, (req, res) => {
    res.json(details(domain.user(organizationId(res), String(req.params['id'])), domain));
  });
  router.patch('/users/:id', signedIn, body, async (req, res) => {
    const change = req.body as Partial<HumaUserMessage>;
    const user = await domain.changeUser(organizationId(res), String(req.params['id']), change, originOf(req));
    res.json(details(user, domain));
  });
  router.get('/groups', signedIn, (req, res) => {
    const all = [...domain.groups.values()].filter((g) => g.organizationId === organizationId(res));
    const offset = whole(req, 'offset', 0, Number.MAX_SAFE_INTEGER);
    const limit = whole(req, 'limit', 10, 25);
    res.json({
      total: all.length,
      items: all.slice(offset, offset + limit).map(({ id, name, type }) => ({ id, name, type })),
    });
  });
  router.get('/groups/:id', signedIn, (req, res) => {
    const group = domain.groups.get(String(req.params['id']));
    if (group?.organizationId !== organizationId(res))
      throw new HumaError(404, 'object:not-found', 'The group was not found');
    res.json({ id: group.id, name: group.name, type: group.type });
  });
  return router;
};

/** A call that carries a correlation id comes back in the event's origin. */
const originOf = (req: Request): { kind: string; name: string | null; correlationId: string | null } => {
  const correlationId = req.get('X-Correlation-Id') ?? null;
  return { kind: 'api', name: correlationId ? 'poweroffice-go' : null, correlationId };
};
