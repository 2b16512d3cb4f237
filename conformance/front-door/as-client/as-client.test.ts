import { afterAll, beforeAll, describe, test } from 'vitest';
import { installPeers } from '../../peers/install-peers.ts';
import { surprisesAsClient } from '../losses.ts';
import { SUITE_NAMES } from '../open-bench.ts';
import { type Driver, openDriver } from './open-driver.ts';
import { runAsClient } from './run-as-client.ts';

const INSTALL_TIMEOUT_MS = 400_000;
const RUN_TIMEOUT_MS = 300_000;

let driver: Driver;
beforeAll(async () => {
  driver = await openDriver();
  await installPeers();
}, INSTALL_TIMEOUT_MS);
afterAll(() => driver?.[Symbol.asyncDispose]());

describe.concurrent('towards servers that the suite plays', () => {
  test.for(SUITE_NAMES)(
    'the gateway does all that %s wants of a client but what is listed with its reason',
    { timeout: RUN_TIMEOUT_MS },
    async (suite, context) => {
      const peers = await installPeers();
      if (peers.kind !== 'installed') return context.skip(peers.why);
      const { faults, passed } = await runAsClient(peers.path, suite, driver);
      context.expect(passed).toBeGreaterThan(100);
      context.expect(await surprisesAsClient(faults, suite)).toEqual({ newlyLost: [], lostNoMore: [] });
    },
  );
});
