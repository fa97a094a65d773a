import type { HumaClient } from '@huma-poweroffice/huma/client';
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

/** Names and existence of groups, from Huma, kept for minutes. */
export class Groups {
  private readonly known = new Map<string, { readonly answer: Promise<FoundGroup>; readonly until: number }>();

  constructor(
    private readonly huma: HumaClient,
    private readonly tokens: Pick<HumaTokens, 'get'>,
    private readonly settings: GroupSettings,
  ) {}

  async find(organizationId: string, group: NonNullable<Group>): Promise<FoundGroup> {
    const key = `${organizationId}/${group.id}`;
    const known = this.known.get(key);
    if (known && known.until > performance.now()) return known.answer;
    if (this.known.size >= MOST) this.known.clear();
    const answer = this.ask(organizationId, group.id).catch((): FoundGroup => ({ outcome: 'unanswered' }));
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

  private async ask(organizationId: string, groupId: string): Promise<FoundGroup> {
    const token = await this.tokens.get(organizationId, null);
    if (token.outcome !== 'usable') return { outcome: 'unanswered' };
    const { timeoutMs } = this.settings;
    const answer = await this.huma.getGroup(groupId, { token: token.accessToken, timeoutMs });
    if (answer.outcome === 'found') return { outcome: 'found', name: answer.value.name };
    // Only Huma itself says that there is no such group: something in between may answer 404 too.
    const { code, errorCode } = answer.failure;
    return { outcome: code === 'not-found' && errorCode !== undefined ? 'unknown' : 'unanswered' };
  }
}
