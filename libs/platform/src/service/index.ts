export { Caller, ForAdministrators, ForServices, Organization, permits, Public } from './access.js';
export { createService, describeService, type Service, type ServiceOptions } from './create-service.js';
export { type HealthCheck, type HealthState } from './health.js';
export { metrics } from './metrics.js';
export { Nested, NestedList } from './nested.js';
export { Problems, type ServiceTexts } from './openapi.js';
export { runService, type Running } from './run-service.js';
export { currentTraceparent, inSpan, startTracing, type Tracing } from './tracing.js';
export { isUuid, uuidParam } from './uuid-param.js';
