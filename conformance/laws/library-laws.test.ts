import { Input, type Json, type JsonObject, type Release } from '@bailiff/contract';
import { beforeAll, describe, expect, test } from 'vitest';
import { decideWithOpa } from '../../packages/gateway/src/commands/corpus/opa-decisions.ts';
import { opaExecutable } from '../../packages/gateway/src/decision/testing/opa.ts';
import type { BuiltRelease } from '../../packages/gateway/src/distribution/build-release.ts';
import { lawFindings } from '../../packages/gateway/src/distribution/laws/law-findings.ts';
import { shippedRules } from '../../packages/gateway/src/distribution/library/shipped-rules.ts';
import { readCases } from '../case.ts';
import { merged } from '../default-input.ts';
import { completeForCompany } from '../example-company.ts';
import { wholeLibraryRelease } from '../whole-library.ts';

const { signal } = new AbortController();

/** A named client on a working day: what the cases leave open, and the library does not. */
const USUAL: JsonObject = {
  session: { client_name: 'claude-code' },
  environment: { weekday: 'tuesday', minute_of_day: 600 },
};

describe('the whole library at once on the example company', () => {
  let built: BuiltRelease;
  beforeAll(async () => {
    built = await wholeLibraryRelease();
  }, 60_000);
  const decideAll = (release: Release, inputTexts: readonly string[]) =>
    decideWithOpa(release.bundle, inputTexts, { opa: opaExecutable(), signal });
  const completed = (short: JsonObject) => merged(completeForCompany(short, built.release), USUAL);

  test('has every rule', async () => {
    const ids = [...built.release.rules.keys()].map((id) => id.slice(id.indexOf('.') + 1));
    const names = [...(await shippedRules()).keys()];
    const missing = names.filter((name) => !ids.some((id) => id === name || id.startsWith(`${name}_`)));
    expect(missing).toEqual([]);
  });

  test('keeps every law, and not by refusing everything', async () => {
    const inputTexts = readCases()
      .filter(({ release: other, entrypoint }) => other === undefined && entrypoint === 'decision')
      .map(({ input }) => completed(input as JsonObject))
      .filter((input) => Input.safeParse(input).success)
      .map((input) => JSON.stringify(input));
    const outcomes: Record<string, number> = { allow: 0, approval_required: 0, deny: 0 };
    const matched = new Set<string>();
    const counted = async (release: Release, texts: readonly string[]) => {
      const answers = await decideAll(release, texts);
      for (const answer of answers) {
        if (answer.kind !== 'decided') continue;
        outcomes[answer.outcome] = (outcomes[answer.outcome] ?? 0) + 1;
        for (const rule of answer.rules) matched.add(rule);
      }
      return answers;
    };
    const report = await lawFindings(built.release, counted, { inputTexts, signal });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ outcome: 'passed', blamed: [] });
    expect(outcomes.allow).toBeGreaterThan(20);
    expect(outcomes.approval_required).toBeGreaterThan(5);
    expect(matched.size).toBeGreaterThan(60);
  }, 120_000);

  test('comes to an answer whatever the arguments that it looks at are', async () => {
    const names = argumentNames(built);
    expect(names.length).toBeGreaterThan(60);
    const values: readonly Json[] = [
      ...[7, -1.5, true, null, '', 'text', 'select 1', '../x', 'a@b', 'http://[', '%zz', '\u0000'],
      ...[[], [7], [null, 'a', {}], {}, { a: 7 }, [['x']]],
    ];
    const inputs = TOOLS.flatMap((tool) =>
      values.map((value) =>
        completed({ action: { tool, args: Object.fromEntries(names.map((name) => [name, value])) } }),
      ),
    );
    const answers = await decideAll(
      built.release,
      inputs.map((input) => JSON.stringify(input)),
    );
    const undecided = answers.filter(({ kind }) => kind !== 'decided');
    expect(undecided).toEqual([]);
  }, 60_000);
});

/** One of each kind of effect. */
const TOOLS = [
  'crm.query',
  'crm.send_email',
  'crm.delete_customer',
  'filesystem.write_file',
  'everything.echo',
  'payments.refund',
];

/** Names of arguments that the configuration of the rules has. */
function argumentNames({ sources }: BuiltRelease): string[] {
  const names = new Set<string>(['rows']);
  const collect = (value: Json, isNamed: boolean): void => {
    if (typeof value === 'string' && isNamed) names.add(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, below] of Object.entries(value)) collect(below, isNamed || key.endsWith('arguments'));
  };
  for (const { data } of sources.bundles) if (data.library !== undefined) collect(data.library, false);
  return [...names];
}
