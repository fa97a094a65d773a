import { randomUUID } from 'node:crypto';
import type { HumaPositionMessage, HumaUserMessage, Origin } from '@huma-poweroffice/contracts';
import { HumaError } from './huma-error.js';
import { byHand, type Account, type Group, type Message, type Organization, type User } from './model.js';
import type { Publisher } from './publisher.js';
import type { Store } from './store.js';
import { UniqueValues } from './unique-values.js';

export interface NewUser {
  id?: string;
  profile: HumaUserMessage;
  positions?: HumaPositionMessage[];
}

/** Huma's domain services: people, groups and positions, whose every change is published with the whole state. */
export class Domain {
  readonly organizations = new Map<string, Organization>();
  readonly groups = new Map<string, Group>();
  readonly accounts = new Map<string, Account>();
  readonly users = new Map<string, User>();
  private readonly taken = new UniqueValues();
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly store: Store,
    private readonly publisher: Publisher,
  ) {}

  async load(): Promise<void> {
    const saved = await this.store.load();
    for (const o of saved.organizations) this.organizations.set(o.id, o);
    for (const g of saved.groups) this.groups.set(g.id, g);
    for (const a of saved.accounts) this.accounts.set(a.sub, a);
    for (const u of saved.users) this.keep(u);
  }

  async putOrganization(organization: Organization): Promise<void> {
    await this.store.put('organization', [{ id: organization.id, data: organization }]);
    this.organizations.set(organization.id, organization);
  }
  async putGroup(group: Group): Promise<void> {
    await this.store.put('group', [{ id: group.id, data: group }]);
    this.groups.set(group.id, group);
  }
  async putAccount(account: Account): Promise<void> {
    await this.store.put('account', [{ id: account.sub, data: account }]);
    this.accounts.set(account.sub, account);
  }

  usersOf(organizationId: string): User[] {
    return [...this.users.values()].filter((u) => u.organizationId === organizationId);
  }
  user(organizationId: string, id: string): User {
    const user = this.users.get(id);
    if (!user?.profile || user.organizationId !== organizationId) {
      throw new HumaError(404, 'object:not-found', 'The user was not found');
    }
    return user;
  }

  /** New users, all at once. Email, phone and employment ID are unique in an organisation. */
  async addUsers(organizationId: string, list: NewUser[], origin: Origin = byHand): Promise<User[]> {
    const users = list.map(({ id, profile, positions }) => ({
      id: id ?? randomUUID(),
      organizationId,
      version: 1,
      profile,
      positionsVersion: positions?.length ? 1 : 0,
      positions: positions ?? [],
    }));
    this.taken.require(users);
    const messages = users.flatMap((u) => [
      this.userMessage(u, 'created', origin),
      ...(u.positions[0] ? [this.positionsMessage(u, 'created', u.positions[0].id, origin)] : []),
    ]);
    await this.save(users, messages);
    return users;
  }

  /** Changes a user's profile: a property set to null is removed. */
  async changeUser(
    organizationId: string,
    id: string,
    change: Partial<HumaUserMessage>,
    origin: Origin = byHand,
  ): Promise<User> {
    return this.inTurn(id, async () => {
      const user = this.user(organizationId, id);
      const before = user.profile as HumaUserMessage;
      const merged = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null);
      const profile = Object.fromEntries(merged) as unknown as HumaUserMessage;
      const type = profile.active === before.active ? 'updated' : profile.active ? 'reactivated' : 'deactivated';
      const changed = { ...user, version: user.version + 1, profile };
      this.taken.require([changed]);
      await this.save([changed], [this.userMessage(changed, type, origin)]);
      return changed;
    });
  }

  /** A deletion is final: the event says so with an empty user. */
  async deleteUser(organizationId: string, id: string): Promise<void> {
    await this.inTurn(id, async () => {
      const user = this.user(organizationId, id);
      const deleted: User = { ...user, version: user.version + 1, profile: null, positions: [] };
      await this.save([deleted], [this.userMessage(deleted, 'deleted', byHand)]);
    });
  }

  async putPosition(organizationId: string, userId: string, position: HumaPositionMessage): Promise<User> {
    return this.inTurn(userId, async () => {
      const user = this.user(organizationId, userId);
      const known = user.positions.some((p) => p.id === position.id);
      const positions = known
        ? user.positions.map((p) => (p.id === position.id ? position : p))
        : [...user.positions, position];
      const changed = { ...user, positions, positionsVersion: user.positionsVersion + 1 };
      await this.save([changed], [this.positionsMessage(changed, known ? 'updated' : 'created', position.id, byHand)]);
      return changed;
    });
  }
  async removePosition(organizationId: string, userId: string, positionId: string): Promise<void> {
    await this.inTurn(userId, async () => {
      const user = this.user(organizationId, userId);
      const positions = user.positions.filter((p) => p.id !== positionId);
      const changed = { ...user, positions, positionsVersion: user.positionsVersion + 1 };
      await this.save([changed], [this.positionsMessage(changed, 'deleted', positionId, byHand)]);
    });
  }

  /** Everything again, as when a topic is replayed. */
  async republish(organizationId: string): Promise<number> {
    const messages = this.usersOf(organizationId).map((u) =>
      this.userMessage(u, u.profile ? 'updated' : 'deleted', byHand),
    );
    await this.publisher.send(messages);
    return messages.length;
  }

  userMessage(u: User, change: string, origin: Origin): Message {
    const { organizationId, id: userId, version, profile: user } = u;
    const value = { organizationId, userId, version, occurredAt: new Date().toISOString(), origin, user };
    return { topic: 'huma.users.v1', key: userId, type: `huma.user.${change}.v1`, value };
  }
  private positionsMessage(u: User, change: string, changedPositionId: string, origin: Origin): Message {
    const { organizationId, id: userId, positionsVersion: version, positions } = u;
    const value = {
      organizationId,
      userId,
      version,
      occurredAt: new Date().toISOString(),
      origin,
      changedPositionId,
      positions,
    };
    return { topic: 'huma.positions.v1', key: userId, type: `huma.position.${change}.v1`, value };
  }

  private async save(users: User[], messages: Message[]): Promise<void> {
    await this.store.put(
      'user',
      users.map((u) => ({ id: u.id, data: u })),
      messages,
    );
    for (const u of users) this.keep(u);
    this.publisher.wake();
  }

  private keep(user: User): void {
    this.taken.change(this.users.get(user.id), user);
    this.users.set(user.id, user);
  }

  /** Changes of one user follow each other: two at once would have the same version, and one would be lost. */
  private inTurn<T>(userId: string, change: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(userId) ?? Promise.resolve()).then(change);
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.turns.get(userId) === settled) this.turns.delete(userId);
      });
    this.turns.set(userId, settled);
    return turn;
  }
}
