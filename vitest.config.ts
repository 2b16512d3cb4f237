import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'tools/**/*.test.ts',
      'conformance/**/*.test.ts',
      'examples/**/*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests start OPA or MCP servers of their own; more files at once than cores only makes them late.
    maxWorkers: 2,
    // Printed text is compared: colours depend on where the tests run (a terminal, `CI=1`).
    env: { NO_COLOR: '1' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
});
