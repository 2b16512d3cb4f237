import { execFile, execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { registryForTests } from '../../conformance/setup/registry/registry-for-tests.ts';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { ROOT, textOf } from '../../tools/tree.ts';

const Step = z.object({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
});
const Workflow = z.object({
  env: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({ env: z.record(z.string(), z.string()).optional(), steps: z.array(Step) }),
  ),
});

const workflow = Workflow.parse(parse(textOf('examples/ci/github-actions.yaml')));
/** Steps are commands that are started one after the other, on whatever else this machine does. */
const STEPS_TIMEOUT_MS = 400_000;

let repository = '';
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-C', repository, ...args], {
    encoding: 'utf8',
  }).trim();

/** The example company’s policy in a repository of its own, with its owners written down. */
beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'bailiff-ci-'));
  await cp(join(ROOT, 'examples/acme/policy'), join(repository, 'policy'), { recursive: true });
  await cp(join(ROOT, 'examples/acme/bailiff.yaml'), join(repository, 'bailiff.yaml'));
  git('init', '--quiet', '--initial-branch=main');
  await run('$BAILIFF policy owners "$POLICY" --org "$ORG" --registry "$REGISTRY_OWNER" --write');
  git('add', '.');
  git('commit', '--quiet', '-m', 'policy');
}, STEPS_TIMEOUT_MS);
afterAll(() => rm(repository, { recursive: true, force: true }));

/** Runs a step as GitHub does: one script, ended by the first command that fails. */
async function run(script: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { GIT_DIR: _, ...own } = process.env;
  const env = {
    ...own,
    ...workflow.env,
    ...{ BAILIFF: join(ROOT, 'bailiff'), BAILIFF_INSTALL: 'never', BAILIFF_OPA: opaPath() },
    ...environment,
  };
  try {
    return (await promisify(execFile)('bash', ['-e', '-c', script], { cwd: repository, env })).stdout;
  } catch (thrown) {
    const { stdout, stderr } = thrown as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${script}\n${stdout}\n${stderr}`, { cause: thrown });
  }
}

const stepsOf = (job: string) => (workflow.jobs[job]?.steps ?? []).filter((step) => step.run !== undefined);

async function runJob(
  job: string,
  environment: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const ran: string[] = [];
  for (const { name = '', run: script = '' } of stepsOf(job)) {
    // It speaks to GitHub.
    if (script.startsWith('gh ')) continue;
    await run(script, environment);
    ran.push(name);
  }
  return ran;
}

describe('the workflow for GitHub', () => {
  const registry = registryForTests();

  test('runs nothing that a change could put into its scripts', () => {
    const scripts = Object.values(workflow.jobs).flatMap(({ steps }) =>
      steps.flatMap((step) => step.run ?? []),
    );
    expect(scripts.length).toBeGreaterThan(8);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
    expect(textOf('examples/ci/github-actions.yaml')).not.toContain('pull_request_target');
  });

  test(
    'lets the example company’s policy pass, and tells what a change does',
    async () => {
      const file = join(repository, 'policy/compliance/data.yaml');
      const before = await readFile(file, 'utf8');
      await writeFile(file, before.replace('confined_classes: [', 'confined_classes: [health_data, '));
      git('commit', '--quiet', '-a', '-m', 'more is confined');
      const ran = await runJob('check', { BASE: git('rev-parse', 'HEAD~1') });
      expect(ran).toEqual([
        'Formatted',
        'Findings for code scanning',
        'Checked',
        'Tested',
        'Owned',
        'Reviewed',
        'Built',
      ]);
      const review = await readFile(join(repository, 'review.md'), 'utf8');
      expect(review).toContain(
        '| `confined_classes` | gained "health\\_data" | `compliance.seen_data_leaves` |',
      );
      expect(JSON.parse(await readFile(join(repository, 'policy.sarif'), 'utf8'))).toMatchObject({
        version: '2.1.0',
      });
    },
    STEPS_TIMEOUT_MS,
  );

  test(
    'publishes what was signed',
    async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const host = registry();
      const ran = await runJob('publish', {
        ...{ BUNDLE: 'compliance', AUTHOR: 'ada', REGISTRY: host },
        SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        ...{ BAILIFF_REGISTRY_USERNAME: '', BAILIFF_REGISTRY_PASSWORD: '' },
      });
      expect(ran).toEqual(['Built', 'Signed', 'Pushed']);
      const told = await run(`$BAILIFF bundle inspect ${host}/policy/compliance:live`);
      expect(told).toMatch(/compliance[\s\S]*ada[\s\S]*release-2026/);
      expect(git('status', '--short', '--', 'signing.pem')).toBe('');
    },
    STEPS_TIMEOUT_MS,
  );
});

test('the hooks for pre-commit name commands that there are', async () => {
  const Hooks = z.object({
    repos: z.array(z.object({ hooks: z.array(z.object({ entry: z.string(), files: z.string() })) })),
  });
  const { repos } = Hooks.parse(parse(textOf('examples/ci/pre-commit-config.yaml')));
  const commands = repos.flatMap(({ hooks }) => hooks.map(({ entry }) => entry));
  const reference = textOf('docs/reference/commands.md');
  for (const command of commands) {
    const [, name = '', ...rest] = command.split(' ');
    expect(reference).toContain(`## bailiff ${name} ${rest[0]}`);
  }
  expect(commands).toHaveLength(3);
});
