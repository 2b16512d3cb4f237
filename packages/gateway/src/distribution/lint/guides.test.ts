import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lintBundle } from './testing/lint-bundle.ts';

const GUIDES = fileURLToPath(new URL('../../../../../docs/guides/', import.meta.url));

test('what the guide to delivery shows of a rule is nothing that lint tells of, but for its tests', async () => {
  const guide = await readFile(`${GUIDES}delivery.md`, 'utf8');
  const examples = [...guide.matchAll(/^```rego\n(# METADATA\n.*?)^```$/gms)].map(([, rego = '']) => rego);
  expect(examples.length).toBeGreaterThan(0);
  for (const rego of examples) {
    const findings = await lintBundle({ rego });
    expect(findings.filter(({ code }) => !code.startsWith('test_'))).toEqual([]);
  }
});
