import type { StackOptions } from '@huma-poweroffice/stack';
import type { Design } from './designs.js';
import type { Row } from './row.js';
import type { World } from './world.js';

/** A figure; the naive design is held against the same bars. */
export type Figure = Omit<Row, 'design'>;

/** Measures one thing of a design in a world that has just been started for it. */
export type Measure = (world: World, design: Design) => Promise<readonly Figure[]>;

/** What is known of a measure before it runs. */
export interface MeasureOptions {
  /** Only the product can be measured: what a team would write first knows nothing of it. */
  readonly oursOnly?: boolean;
  /** Variables beside those that every program gets. */
  readonly settings?: StackOptions['settings'];
  /** Figures that need those of both designs, of the same run. */
  readonly compare?: (ours: readonly Row[], naive: readonly Row[]) => readonly Figure[];
}
