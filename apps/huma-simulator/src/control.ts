import express, { Router } from 'express';
import type { HumaPositionMessage, HumaUserMessage } from '@huma-poweroffice/contracts';
import type Provider from 'oidc-provider';
import type { Config } from './config.js';
import type { Domain, NewUser } from './domain.js';
import { HumaError } from './huma-error.js';
import { tokenFor } from './identity.js';
import { byHand, type Account, type Group, type Organization } from './model.js';
import type { Publisher } from './publisher.js';

/** What people do in Huma's pages, and what can go wrong on the way to Kafka. */
export const control = (config: Config, domain: Domain, publisher: Publisher, provider: Provider): Router => {
  const router = Router();
  router.use(express.json({ limit: '200mb' }));

  router.put('/organizations/:id', async (req, res) => {
    const organization = { ...(req.body as Omit<Organization, 'id'>), id: req.params.id };
    await domain.putOrganization(organization);
    res.json(organization);
  });
  router.get('/organizations', (_req, res) => void res.json([...domain.organizations.values()]));
  router.put('/groups/:id', async (req, res) => {
    const group = { ...(req.body as Omit<Group, 'id'>), id: req.params.id };
    await domain.putGroup(group);
    res.json(group);
  });
  router.put('/accounts/:sub', async (req, res) => {
    const account = { ...(req.body as Omit<Account, 'sub'>), sub: req.params.sub };
    await domain.putAccount(account);
    res.json(account);
  });
  router.get('/accounts', (_req, res) => void res.json([...domain.accounts.values()]));
  router.post('/accounts/:sub/token', async (req, res) => {
    const account = domain.accounts.get(req.params.sub);
    if (!account) throw new HumaError(404, 'object:not-found', 'There is no such account');
    const { lifetimeSeconds } = (req.body ?? {}) as { lifetimeSeconds?: number };
    res.json({ access_token: await tokenFor(provider, config, account, lifetimeSeconds ?? 3600) });
  });

  router.get('/organizations/:org/users', (req, res) => void res.json(domain.usersOf(req.params.org)));
  router.post('/organizations/:org/users', async (req, res) => {
    res.status(201).json(await domain.addUsers(req.params.org, req.body as NewUser[]));
  });
  router.patch('/organizations/:org/users/:id', async (req, res) => {
    res.json(await domain.changeUser(req.params.org, req.params.id, req.body as Partial<HumaUserMessage>));
  });
  router.delete('/organizations/:org/users/:id', async (req, res) => {
    await domain.deleteUser(req.params.org, req.params.id);
    res.status(204).end();
  });
  router.put('/organizations/:org/users/:id/positions/:positionId', async (req, res) => {
    const position = { ...(req.body as HumaPositionMessage), id: req.params.positionId };
    res.json(await domain.putPosition(req.params.org, req.params.id, position));
  });
  router.delete('/organizations/:org/users/:id/positions/:positionId', async (req, res) => {
    await domain.removePosition(req.params.org, req.params.id, req.params.positionId);
    res.status(204).end();
  });

  router.post('/flush', async (_req, res) => {
    await publisher.flush();
    res.status(204).end();
  });
  router.post('/organizations/:org/replay', async (req, res) => {
    res.json({ published: await domain.republish(req.params.org) });
  });
  /** The newest event of a user once more, or an old one that arrives after it. */
  router.post('/organizations/:org/users/:id/duplicate', async (req, res) => {
    const user = domain.user(req.params.org, req.params.id);
    const { version } = (req.body ?? {}) as { version?: number };
    await publisher.send([domain.userMessage({ ...user, version: version ?? user.version }, 'updated', byHand)]);
    res.status(204).end();
  });
  router.post('/raw', async (req, res) => {
    const { topic, messages } = req.body as { topic: string; messages: Parameters<Publisher['raw']>[1] };
    await publisher.raw(topic, messages);
    res.status(204).end();
  });
  return router;
};
