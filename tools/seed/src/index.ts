export { Administrator, type PersonReport, type RunReport, type Services, type Summary } from './administrator.js';
export { demoOrganization, type DemoOrganization } from './demo-organization.js';
export { call, request, type Answer, type Question } from './http.js';
export { employeeOf } from './employee-of.js';
export { bankAccountOf, nationalIdOf } from './norwegian-numbers.js';
export { handOverCredentials, seedDemo, type Handover, type Simulators } from './seed.js';
