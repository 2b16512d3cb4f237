import { expect, test } from 'vitest';
import { compareYaml } from './compare-yaml.ts';

/** Operands of the short run; `node packages/rego/proof/yaml/run.ts` has more. */
const SHORT_RUN = 3_000;

test('random YAML texts and values are read and written as OPA does, to the letter', async () => {
  const totals = await compareYaml(SHORT_RUN, 'npm test');
  expect(totals).toMatchObject({ compared: SHORT_RUN, failClosed: 0, toldOtherwise: 0, differences: [] });
  expect(totals.defined).toBeGreaterThan(SHORT_RUN / 2);
}, 60_000);
