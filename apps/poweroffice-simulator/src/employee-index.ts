import type { Client, Employee } from './model.js';

export const uniqueNames = ['Number', 'ExternalImportReference', 'ExternalNumber'] as const;
export type UniqueName = (typeof uniqueNames)[number];

type Series = Client['series'][number];

interface Range {
  readonly from: number;
  readonly to: number;
  highest: number | undefined;
}

/** Whose a value is that only one employee of a client may have; kept up with every change, so that nobody is walked through. */
export class EmployeeIndex {
  private readonly owners = new Map<string, number>();
  private readonly ranges = new Map<string, Range>();

  private keysOf(employee: Employee): string[] {
    return uniqueNames.flatMap((name) => {
      const value = employee[name];
      return value === null || value === undefined || value === '' ? [] : [`${name}:${String(value)}`];
    });
  }

  change(before: Employee | null, after: Employee | null): void {
    if (before) for (const key of this.keysOf(before)) if (this.owners.get(key) === before.Id) this.owners.delete(key);
    if (!after) return;
    for (const key of this.keysOf(after)) this.owners.set(key, after.Id);
    for (const range of this.ranges.values()) this.count(range, Number(after.Number));
  }

  /** Whether somebody else has the employee's value. */
  isTaken(employee: Employee, name: UniqueName): boolean {
    const value = employee[name];
    if (value === null || value === undefined || value === '') return false;
    const owner = this.owners.get(`${name}:${String(value)}`);
    return owner !== undefined && owner !== employee.Id;
  }

  /** The number after the highest of a series that was ever in use; none is given out twice. */
  nextNumber(series: Series): number {
    return (this.highest(series) ?? series.FromInclusive - 1) + 1;
  }

  private highest({ Id, FromInclusive, ToInclusive }: Series): number | undefined {
    const key = `${Id}:${String(FromInclusive)}-${String(ToInclusive)}`;
    const range = this.ranges.get(key) ?? { from: FromInclusive, to: ToInclusive, highest: undefined };
    if (!this.ranges.has(key)) {
      this.ranges.set(key, range);
      for (const owned of this.owners.keys())
        if (owned.startsWith('Number:')) this.count(range, Number(owned.slice('Number:'.length)));
    }
    return range.highest;
  }

  private count(range: Range, number: number): void {
    if (number >= range.from && number <= range.to) range.highest = Math.max(range.highest ?? number, number);
  }
}
