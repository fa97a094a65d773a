import { base } from './jest.base.mjs';

export default {
  ...base,
  displayName: 'integration',
  testMatch: ['<rootDir>/{apps,libs,tools}/*/test/**/*.int.spec.ts'],
  globalSetup: '<rootDir>/libs/testing/src/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/src/global-teardown.mjs',
  testTimeout: 60_000,
};
