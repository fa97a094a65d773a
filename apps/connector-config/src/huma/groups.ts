import type { HumaCall, HumaClient } from '@huma-poweroffice/huma/client';
import type { Group } from '../connections/connection.js';
import type { HumaTokens } from './huma-tokens.js';

/** What Huma says of a group. `unanswered`: it cannot be asked. */
export type FoundGroup =
  { readonly outcome: 'found'; readonly name: string } | { readonly outcome: 'unknown' | 'unanswered' };

export interface GroupSettings {
  readonly keepMs: number;
  /** How long it is not asked again after it did not answer. */
  readonly retryMs: number;
  readonly timeoutMs: number;
}

const MOST = 10_000;
/** Types that a group of a connection may have; of others nothing is concluded. */
const types: readonly string[] = ['company', 'location', 'team'];

/** Names and existence of groups, from Huma, kept for minutes. */
export class Groups {
  private readonly known = new Map<string, { readonly answer: Promise<FoundGroup>; readonly until: number }>();

  constructor(
    private readonly huma: HumaClient,
    private readonly tokens: Pick<HumaTokens, 'get'>,
    private readonly settings: GroupSettings,
  ) {}

  async find(organizationId: string, group: NonNullable<Group>): Promise<FoundGroup> {
    const key = `${organizationId}/${group.type}/${group.id}`;
    const known = this.known.get(key);
    if (known && known.until > performance.now()) return known.answer;
    if (this.known.size >= MOST) this.known.clear();
    const answer = this.ask(organizationId, group).catch((): FoundGroup => ({ outcome: 'unanswered' }));
    this.known.set(key, { answer, until: performance.now() + this.settings.retryMs });
    const found = await answer;
    if (found.outcome === 'found') this.known.set(key, { answer, until: performance.now() + this.settings.keepMs });
    return found;
  }

  /** The group's name; null for everyone, and where Huma cannot be asked. */
  async nameOf(organizationId: string, group: Group): Promise<string | null> {
    if (!group) return null;
    const found = await this.find(organizationId, group);
    return found.outcome === 'found' ? found.name : null;
  }

  /** What was learned about an organisation is asked anew: its credentials are others. */
  forget(organizationId: string): void {
    for (const key of this.known.keys()) if (key.startsWith(`${organizationId}/`)) this.known.delete(key);
  }

  private async ask(organizationId: string, { id, type }: NonNullable<Group>): Promise<FoundGroup> {
    const token = await this.tokens.get(organizationId, null);
    if (token.outcome !== 'usable') return { outcome: 'unanswered' };
    const call = { token: token.accessToken, timeoutMs: this.settings.timeoutMs };
    const answer = await this.huma.getGroup(id, call);
    if (answer.outcome === 'found') {
      const { name } = answer.value;
      const said = await this.typeOf(id, name, call);
      return said === null || said === type ? { outcome: 'found', name } : { outcome: 'unknown' };
    }
    // Only Huma itself says that there is no such group: something in between may answer 404 too.
    const { code, errorCode } = answer.failure;
    return { outcome: code === 'not-found' && errorCode !== undefined ? 'unknown' : 'unanswered' };
  }

  /** Only the list shows types. Null where Huma says none: it does not answer, or too many have the name. */
  private async typeOf(id: string, name: string, call: HumaCall): Promise<string | null> {
    const answer = await this.huma.listGroups({ search: name }, call);
    if (answer.outcome !== 'found') return null;
    const said = answer.value.items.find((item) => item.id === id)?.type.toLowerCase();
    return said !== undefined && types.includes(said) ? said : null;
  }
}
