import type { Employee } from './poweroffice.js';
import { salaryNumber } from './poweroffice.js';

export const watched = ['givenName', 'phone', 'bankAccount'] as const;
export type Watched = (typeof watched)[number];

/** A broken invariant, by its name in docs/lane-protocol.md. */
export class Violation extends Error {
  constructor(
    readonly invariant: 'S1' | 'S2/S3' | 'S3' | 'S4' | 'S5' | 'pause',
    what: string,
  ) {
    super(`${invariant}: ${what}`);
  }
}

interface Ghost {
  /** Who must win once all is quiet; `either`: no API can order the two edits. */
  owner: 'huma' | 'clerk' | 'either';
  clerk: string | null;
  /** Huma's value that last arrived, and whether it was the latest. */
  applied: string | null;
  done: boolean;
}

export const fieldOf = (employee: Employee, field: Watched): string | null =>
  field === 'bankAccount' ? salaryNumber(employee) : employee[field];

/** Judges, per field, what the protocol never sees: who edited last, and so whose value has to be there in the end. */
export class Ghosts {
  private readonly ghosts: Record<Watched, Ghost>;

  constructor(applied: Readonly<Record<Watched, string>> | null) {
    const ghost = (field: Watched): Ghost => ({
      owner: 'huma',
      clerk: null,
      applied: applied?.[field] ?? null,
      done: applied !== null,
    });
    this.ghosts = {
      givenName: ghost('givenName'),
      phone: ghost('phone'),
      bankAccount: ghost('bankAccount'),
    };
  }

  of(field: Watched): Readonly<Ghost> {
    return this.ghosts[field];
  }

  edited(field: Watched, value: string): void {
    const ghost = this.ghosts[field];
    // Back to what was applied before the clerk's edit: the edit may stay (A, B, A counts as no change).
    const owner = ghost.clerk !== null && value === ghost.applied ? 'either' : 'huma';
    this.ghosts[field] = { ...ghost, owner, done: false };
  }

  clerkEdited(field: Watched, value: string, atRest: boolean): void {
    const ghost = this.ghosts[field];
    const owner = ghost.owner === 'clerk' || ghost.done || atRest ? 'clerk' : 'either';
    this.ghosts[field] = { ...ghost, owner, clerk: value };
  }

  /** A lagging read did not show the clerk's edit: nobody can blame the request that follows it. */
  unseen(field: Watched): void {
    const ghost = this.ghosts[field];
    if (ghost.owner === 'clerk') this.ghosts[field] = { ...ghost, owner: 'either' };
  }

  arrived(field: Watched, was: string | null, value: string, isLatest: boolean): void {
    const ghost = this.ghosts[field];
    if (ghost.owner === 'clerk' && value !== was)
      throw new Violation('S3', `a clerk's ${field}, made after Huma's was settled, is overwritten`);
    if (ghost.owner === 'clerk') return;
    this.ghosts[field] = { owner: 'huma', clerk: null, applied: value, done: isLatest };
  }
}
