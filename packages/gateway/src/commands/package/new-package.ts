import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Failure, PackageManifest } from '@bailiff/contract';
import { stringify } from 'yaml';
import { PACKAGE_FILE } from '../../distribution/packages/package-folders.ts';
import { bundleNameOf } from '../../distribution/packages/read-packages.ts';
import { complaintsOf } from '../../distribution/sources/document.ts';
import { type BundleOutcome, done } from '../bundle/outcome.ts';
import { PLACEHOLDER, PLACEHOLDER_NAME } from './placeholders.ts';

export const PACKAGE_KINDS = ['server', 'agent'] as const;
export type PackageKind = (typeof PACKAGE_KINDS)[number];

/**
 * Writes a package to begin with. @throws Failure `bad_request` for a name that it cannot have, or where the folder is there already.
 */
export async function newPackage(kind: PackageKind, name: string, directory: string): Promise<BundleOutcome> {
  const draft = kind === 'server' ? serverDraft(name) : agentDraft(name);
  const manifest = PackageManifest.safeParse(draft);
  if (!manifest.success) throw new Failure('bad_request', complaintsOf(manifest.error)[0]?.detail ?? '');
  const bundle = bundleNameOf(manifest.data) ?? '';
  const files = {
    [PACKAGE_FILE]: stringify(draft),
    'bundle/bundle.yaml': stringify({ name: bundle, version: draft.version, owner: draft.owner }),
    'bundle/policy.rego': ruleOf(bundle),
    'bundle/policy_test.rego': testOf(bundle),
  };
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'it is there already. Name another with -o.' : cause.message;
    throw new Failure('bad_request', `${relative('', directory)} cannot be made: ${why}`, { cause });
  });
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const place = relative('', directory);
  return done(
    undefined,
    {},
    `${place}: ${Object.keys(files).join(', ')}\nSay what ${PLACEHOLDER} stands for; ./bailiff package check ${place} lists where. Then name it under \`packages\` in release.yaml to ship it.\n`,
  );
}

const VERSION = '0.1.0';

function serverDraft(name: string) {
  return {
    kind: 'server',
    name,
    version: VERSION,
    owner: PLACEHOLDER,
    server: { transport: 'stdio', command: 'npx', args: ['-y', `${name}-mcp@${VERSION}`] },
    catalogue: {
      title: name,
      tools: { [PLACEHOLDER_NAME]: { effects: ['read'], blast_radius: 'low', data_classes: [] } },
    },
  };
}

function agentDraft(name: string) {
  return {
    kind: 'agent',
    name,
    version: VERSION,
    owner: PLACEHOLDER,
    agent: { scope: PLACEHOLDER, owner_team: PLACEHOLDER },
    subagent: { name: name.replaceAll('-', '_'), effects: ['read'], blast_radius: 'low' },
  };
}

function ruleOf(bundle: string): string {
  return `package ${bundle.replace('/', '.')}

# METADATA
# title: Nothing is done in bulk
# description: A call says how many things it asks for, and asks for one. One that does not say a number is refused.
# custom:
#   owner: ${PLACEHOLDER}
#   reason: too_many
#   message: Say in \`count\` how many you ask for, and ask for one.
deny contains "too_many" if not is_number(object.get(input.action.args, "count", null))

deny contains "too_many" if input.action.args.count > 1
`;
}

function testOf(bundle: string): string {
  const path = bundle.replace('/', '.');
  const name = bundle.slice(bundle.indexOf('/') + 1);
  return `package ${path}_test

import data.${path}

test_many_are_refused if "too_many" in ${name}.deny with input.action.args.count as 2

test_one_is_not if not "too_many" in ${name}.deny with input.action.args.count as 1

test_what_is_no_number_is_refused if {
	every args in [{}, {"count": "1"}, {"count": [1]}] {
		"too_many" in ${name}.deny with input.action.args as args
	}
}
`;
}
