import { base } from './jest.base.mjs';

export default {
  ...base,
  displayName: 'system',
  testMatch: ['<rootDir>/apps/e2e/test/**/*.sys.spec.ts'],
  testTimeout: 600_000,
  maxWorkers: 1,
};
