export { startTestBroker, type TestBroker } from './broker.js';
export { aHumaUser, aUserChanged } from './builders.js';
export {
  answerChecker,
  documentedRequests,
  tryDocument,
  type DocumentedRequest,
  type Known,
  type SeenAnswer,
  type Tried,
} from './documented.js';
export { eventually } from './eventually.js';
export { startTestIssuer, type TestIssuer } from './issuer.js';
export { createAndAwait } from '@huma-poweroffice/stack';
export { bankAccountOf, employeeOf, nationalIdOf } from '@huma-poweroffice/seed';
export { startTestPowerOffice, type LoggedRequest, type TestPowerOffice } from './poweroffice-simulator.js';
export { anEvent, createTestProducer, type TestProducer } from './producer.js';
export { selfSigned } from './self-signed.js';
export { createTestDatabase, createTestTopics, type TestDatabase, type TestTopics } from './servers.js';
export { startSimulator, type Simulator } from './simulators.js';
