import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives all tests of a run one folder for what gateways found of releases, which goes with the run. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-verdicts-'));
  process.env.BAILIFF_TEST_VERDICTS = folder;
  return () => rm(folder, { recursive: true, force: true });
}
