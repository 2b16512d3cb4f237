import { afterAll, beforeAll, beforeEach } from 'vitest';
import { REGISTRY_TIMEOUT_MS } from './install-registry.ts';
import { type StartedRegistry, startRegistry } from './start-registry.ts';

/**
 * One registry for the tests of a file, or of a `describe`, which are skipped by name where this machine has none. Gives its host,
 * as `127.0.0.1:43211`, to be asked within a test.
 */
export function registryForTests(): () => string {
  let registry: StartedRegistry | string;
  beforeAll(async () => {
    registry = await startRegistry();
  }, REGISTRY_TIMEOUT_MS);
  afterAll(async () => {
    if (typeof registry !== 'string') await registry[Symbol.asyncDispose]();
  });
  beforeEach((context) => {
    if (typeof registry === 'string') context.skip(registry);
  });
  return () => (typeof registry === 'string' ? '' : registry.host);
}
