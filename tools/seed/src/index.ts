export { demoOrganization, type DemoOrganization } from './demo-organization.js';
export { bankAccountOf, nationalIdOf } from './norwegian-numbers.js';
export { seedDemo, type Simulators } from './seed.js';
