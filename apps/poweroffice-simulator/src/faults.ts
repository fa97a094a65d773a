import { randomUUID } from 'node:crypto';

/**
 * What can go wrong on demand:
 * - `status`: PowerOffice's own answer of that status, in its documented form, or the given body; nothing is done
 * - `page`: HTML of something in front of PowerOffice; nothing is done, unless `after` says that the request was done
 * - `gateway`: JSON of the gateway's own; nothing is done
 * - `slow`: done, and answered later; `late`: the answer is lost, and it is done later
 * - `hang`: no answer comes, and nothing is done, unless `after` says that the request was done
 * - `lose-answer`: done, but the connection ends before the answer
 * - `broken-body`: done, and answered by the right status with HTML, nothing, or half of the JSON
 */
export type Misbehaviour =
  | { kind: 'status'; status: number; retryAfterSeconds?: number; body?: string }
  | { kind: 'page'; status: number; after?: 'done' }
  | { kind: 'gateway'; status: number; message?: string }
  | { kind: 'slow'; ms: number }
  | { kind: 'hang'; after?: 'done' }
  | { kind: 'lose-answer' }
  | { kind: 'late'; ms: number }
  | { kind: 'broken-body'; form?: 'html' | 'empty' | 'truncated' };

export interface FaultRule {
  method?: string;
  /** A regular expression on the path. */
  path?: string;
  clientId?: string;
  /** How often it happens; always when absent. */
  times?: number;
  /** 0 to 1; always when absent. */
  probability?: number;
  misbehaviour: Misbehaviour;
}

export class Faults {
  private readonly rules = new Map<string, FaultRule>();
  /** How far reads lag behind writes, in milliseconds. */
  readLagMs = 0;
  /** How long every answer takes at least, in milliseconds. */
  latencyMs = 0;
  /** Whether lists tell by `X-Pagination` if there is a next page, as PowerOffice was seen to do. */
  pagination = true;
  /** Whether stamps say their offset; without one they are in UTC, and nobody says so. */
  offsets = true;
  /** The whole of PowerOffice refuses connections while true. */
  down = false;

  add(rule: FaultRule): string {
    const id = randomUUID();
    this.rules.set(id, { ...rule });
    return id;
  }
  list(): { id: string; rule: FaultRule }[] {
    return [...this.rules].map(([id, rule]) => ({ id, rule }));
  }
  clear(): void {
    this.rules.clear();
    this.readLagMs = 0;
    this.latencyMs = 0;
    this.pagination = true;
    this.offsets = true;
    this.down = false;
  }
  next(method: string, path: string, clientId: string | null): Misbehaviour | null {
    for (const [id, rule] of this.rules) {
      if (rule.method && rule.method !== method) continue;
      if (rule.path && !new RegExp(rule.path, 'i').test(path)) continue;
      if (rule.clientId && rule.clientId !== clientId) continue;
      if (rule.probability !== undefined && Math.random() >= rule.probability) continue;
      if (rule.times !== undefined) {
        rule.times -= 1;
        if (rule.times <= 0) this.rules.delete(id);
      }
      return rule.misbehaviour;
    }
    return null;
  }
}
