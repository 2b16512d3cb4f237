import { defineConfig } from 'vitest/config';

const shared = {
  // Many times what any of them takes: a machine that is slow is no defect, and what hangs ends all the same.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // Real processes on a shared machine: one that is late must not stand for a defect. `npm test` names what passed so.
  retry: 1,
  // Many tests start OPA or MCP servers of their own; more files at once than cores only makes them late.
  maxWorkers: 2,
  setupFiles: ['conformance/setup/property-seed.ts'],
  execArgv: ['--disable-warning=ExperimentalWarning'],
};
// Printed text is compared: colours depend on where the tests run (a terminal, `CI=1`).
const NO_COLOR = '1';

export default defineConfig({
  test: {
    globalSetup: ['conformance/setup/share-verdicts.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'sidecar',
          include: [
            'packages/*/{src,proof}/**/*.test.ts',
            'tools/**/*.test.ts',
            'conformance/**/*.test.ts',
            'examples/**/*.test.ts',
          ],
          env: { NO_COLOR, BAILIFF_TEST_ENGINE: 'sidecar' },
        },
      },
      {
        test: {
          ...shared,
          name: 'embedded',
          include: ['conformance/journeys/**/*.test.ts'],
          // What starts and ends processes, whichever engine decides in them.
          exclude: ['conformance/journeys/demo-stop.test.ts', 'conformance/journeys/stdio/processes.test.ts'],
          // Its fewer kills are beside those of the other project; as many as one asks for, in both.
          env: {
            NO_COLOR,
            BAILIFF_TEST_ENGINE: 'embedded',
            BAILIFF_KILLS: process.env.BAILIFF_KILLS ?? '30',
          },
        },
      },
    ],
  },
});
