import { base } from './jest.base.mjs';

export default {
  ...base,
  displayName: 'integration',
  testMatch: ['<rootDir>/{apps,libs,tools}/*/test/**/*.int.spec.ts'],
  globalSetup: '<rootDir>/libs/testing/src/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/src/global-teardown.mjs',
  testTimeout: 60_000,
  // What a file has loaded is not freed when it ends, and after fifty files the heap is full: the worker, which this
  // setting makes a process of its own, is replaced when it has grown to this.
  workerIdleMemoryLimit: '1GB',
};
