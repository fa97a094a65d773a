/** Which design a figure belongs to: the product, or what a team would write first. */
export type DesignName = 'ours' | 'naive';

export interface Bar {
  readonly kind: 'at least' | 'at most' | 'less than';
  readonly value: number;
}

/** One figure of a measurement. The naive design is held against the same bars. */
export interface Row {
  readonly measure: string;
  readonly design: DesignName;
  readonly value: number;
  readonly unit: string;
  readonly bar: Bar;
}

export const holds = ({ value, bar }: Row): boolean => {
  switch (bar.kind) {
    case 'at least':
      return value >= bar.value;
    case 'at most':
      return value <= bar.value;
    case 'less than':
      return value < bar.value;
  }
};

const signs = { 'at least': '≥', 'at most': '≤', 'less than': '<' } as const;

/** Two digits after the point for small figures, none for large ones. */
const rounded = (value: number): string =>
  Number.isFinite(value) ? (Math.abs(value) < 100 ? String(Math.round(value * 100) / 100) : value.toFixed(0)) : 'never';

export const describe = (row: Row): string =>
  [
    row.measure.padEnd(58),
    row.design.padEnd(6),
    rounded(row.value).padStart(9),
    row.unit.padEnd(12),
    `${signs[row.bar.kind]} ${String(row.bar.value)}`.padEnd(10),
    holds(row) ? 'holds' : 'DOES NOT HOLD',
  ].join(' ');
