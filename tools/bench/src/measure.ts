import type { Design } from './designs.js';
import type { Row } from './row.js';
import type { World } from './world.js';

/** Measures one thing of a design in a world that has just been started for it. */
export type Measure = (world: World, design: Design) => Promise<readonly Omit<Row, 'design'>[]>;
