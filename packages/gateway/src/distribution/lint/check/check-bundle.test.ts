import { describe, expect, test } from 'vitest';
import { metadata, OPA } from '../../testing/sample-release.ts';
import { NOW } from '../testing/lint-bundle.ts';
import { checkBundle } from './check-bundle.ts';

const TOOLS = { opa: OPA, signal: new AbortController().signal, now: NOW };

const filesOf = (texts: Readonly<Record<string, string>>) =>
  new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));

async function checked(texts: Readonly<Record<string, string>>): Promise<string[]> {
  const { findings } = await checkBundle(filesOf(texts), TOOLS);
  return findings.map(({ file, row, code }) => `${file}:${row}: ${code}`);
}

const MANIFEST = 'name: servers/crm\nversion: 1.0.0\nowner: sales\n';

describe('the check of one bundle', () => {
  test('names files relative to its folder', async () => {
    const rego = `package servers.crm\n\n${metadata()}deny contains "x" if input.action.phase == "list "\n\ndeny contains "y" if time.now_ns() > 5\n`;
    expect(await checked({ 'bundle.yaml': MANIFEST, 'crm.rego': rego })).toEqual([
      'crm.rego:8: comparison_outside_enum',
      'crm.rego:8: test_firing_missing',
      'crm.rego:8: test_silence_missing',
      'crm.rego:10: rule_metadata_missing',
      'crm.rego:10: test_firing_missing',
      'crm.rego:10: test_silence_missing',
    ]);
  });

  test('tells what the builder would refuse once it is composed', async () => {
    const rego = `package servers.crm\n\n${metadata()}deny contains "x" if [1 | true]\n`;
    expect(await checked({ 'bundle.yaml': MANIFEST, 'crm.rego': rego })).toContain(
      'crm.rego:8: comprehension_without_use',
    );
  });

  test('does not judge what it reads of others', async () => {
    const rego = `package servers.crm\n\n${metadata()}deny contains "x" if not input.agent.id in data.policy.identity.agents\n`;
    expect(
      (await checked({ 'bundle.yaml': MANIFEST, 'crm.rego': rego })).filter(
        (line) => !line.includes('test_'),
      ),
    ).toEqual([]);
  });

  test('says what is missing where it is no bundle', async () => {
    expect(await checked({ 'crm.rego': 'package servers.crm\n' })).toEqual([
      'bundle.yaml:1: part_manifest_missing',
    ]);
    expect(await checked({ 'bundle.yaml': MANIFEST, 'rules.reg': '' })).toEqual([
      'rules.reg:1: file_unknown',
    ]);
  });
});
