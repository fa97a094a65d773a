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
/** If more names than this are missing, they are read from Huma's list of groups, page by page up to `MOST_LISTED`. */
const MOST_APART = 10;
const PAGE = 25;
const MOST_LISTED = 1000;
/** The number of parallel requests to Huma for one list of connections. */
const AT_ONCE = 4;
/** Types that a group of a connection may have; of others nothing is concluded. */
const types: readonly string[] = ['company', 'location', 'team'];

const keyOf = (organizationId: string, { type, id }: NonNullable<Group>): string => `${organizationId}/${type}/${id}`;

/** Names and existence of groups, from Huma, kept for minutes. */
export class Groups {
  private readonly known = new Map<string, { readonly answer: Promise<FoundGroup>; readonly until: number }>();
  private readonly reading = new Map<string, Promise<void>>();

  constructor(
    private readonly huma: HumaClient,
    private readonly tokens: Pick<HumaTokens, 'get'>,
    private readonly settings: GroupSettings,
  ) {}

  async find(organizationId: string, group: NonNullable<Group>): Promise<FoundGroup> {
    const key = keyOf(organizationId, group);
    const known = this.knownOf(key);
    if (known) return known.answer;
    if (this.known.size >= MOST) this.known.clear();
    const answer = this.ask(organizationId, group).catch((): FoundGroup => ({ outcome: 'unanswered' }));
    this.known.set(key, { answer, until: performance.now() + this.settings.retryMs });
    const found = await answer;
    if (found.outcome === 'found') this.known.set(key, { answer, until: performance.now() + this.settings.keepMs });
    return found;
  }

  /**
   * Names of groups by their ids. Groups that Huma does not know, or does not answer about, are missing in the result.
   * A few groups are read one by one with bounded parallelism, many are read from the list; both are cached for
   * minutes.
   */
  async namesOf(organizationId: string, groups: readonly Group[]): Promise<ReadonlyMap<string, string>> {
    const wanted = new Map(groups.flatMap((group) => (group ? [[keyOf(organizationId, group), group] as const] : [])));
    const missing = (): NonNullable<Group>[] =>
      [...wanted].flatMap(([key, group]) => (this.knownOf(key) ? [] : [group]));
    if (missing().length > MOST_APART) await this.once(organizationId, () => this.readList(organizationId));
    await this.findEach(organizationId, missing());
    const names = [...wanted].map(async ([key, { id }]) => ({ id, found: await this.knownOf(key)?.answer }));
    const found = await Promise.all(names);
    return new Map(found.flatMap(({ id, found: one }) => (one?.outcome === 'found' ? [[id, one.name] as const] : [])));
  }

  /** What was learned about an organisation is asked anew: its credentials are others. */
  forget(organizationId: string): void {
    for (const key of this.known.keys()) if (key.startsWith(`${organizationId}/`)) this.known.delete(key);
  }

  private knownOf(key: string): { readonly answer: Promise<FoundGroup> } | null {
    const known = this.known.get(key);
    return known && known.until > performance.now() ? known : null;
  }

  /** Reads groups with bounded parallelism. After several failures in a row Huma is down, and the rest is skipped. */
  private async findEach(organizationId: string, groups: readonly NonNullable<Group>[]): Promise<void> {
    const left = [...groups];
    let unanswered = 0;
    const worker = async (): Promise<void> => {
      for (let next = left.shift(); next && unanswered < AT_ONCE; next = left.shift()) {
        const { outcome } = await this.find(organizationId, next);
        unanswered = outcome === 'unanswered' ? unanswered + 1 : 0;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** Shares one reading of an organisation's list between concurrent callers. */
  private once(organizationId: string, read: () => Promise<void>): Promise<void> {
    const reading =
      this.reading.get(organizationId) ??
      read()
        .catch(() => undefined)
        .finally(() => this.reading.delete(organizationId));
    this.reading.set(organizationId, reading);
    return reading;
  }

  /** Caches the groups of the list page by page, until a page cannot be read. */
  private async readList(organizationId: string): Promise<void> {
    const token = await this.tokens.get(organizationId, null);
    if (token.outcome !== 'usable') return;
    if (this.known.size >= MOST) this.known.clear();
    const call = { token: token.accessToken, timeoutMs: this.settings.timeoutMs };
    for (let offset = 0; offset < MOST_LISTED; offset += PAGE) {
      const page = await this.huma.listGroups({ limit: PAGE, offset }, call);
      if (page.outcome !== 'found') return;
      const until = performance.now() + this.settings.keepMs;
      for (const { id, type, name } of page.value.items) {
        const answer = Promise.resolve({ outcome: 'found', name } as const);
        this.known.set(`${organizationId}/${type.toLowerCase()}/${id}`, { answer, until });
      }
      if (page.value.items.length < PAGE) return;
    }
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
