import type { JsonObject } from '@bailiff/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorsOf, runOpa, succeeded } from '../opa.ts';
import { openStage, writeFiles } from '../stage.ts';
import { anyBody, anyChange, anyInput, type Change, changed, LIBRARY, PRELUDE } from '../testing/any-rule.ts';
import { readsOf } from '../testing/reads-of.ts';
import { OPA } from '../testing/sample-release.ts';
import { isWithin } from './syntax.ts';

const RUNS = Number(process.env.BAILIFF_PROPERTY_RUNS ?? 8);

/** Two inputs that differ in one place, and the rule that is asked about both. */
interface Pair {
  readonly rule: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
}

const moduleOf = (bodies: readonly string[]): string =>
  [PRELUDE, ...bodies.map((body, position) => `deny contains "r${position}" if { ${body} }\n`)].join('\n');

/** Bodies without those that OPA’s type checker knows never to be true and refuses. */
async function compiling(bodies: readonly string[]): Promise<readonly string[]> {
  const text = moduleOf(bodies);
  await using stage = await openStage();
  await writeFiles(stage.path, [
    { path: 'sample.rego', text },
    { path: 'lib.rego', text: LIBRARY },
  ]);
  const run = { opa: OPA, cwd: stage.path, signal: new AbortController().signal };
  const result = await runOpa(run, ['check', '--format', 'json', '--max-errors', '1000', '.']);
  if (result.status === 0) return bodies;
  const lines = text.split('\n');
  const refused = new Set(errorsOf(result).map(({ location }) => lines[(location?.row ?? 0) - 1]));
  const left = bodies.filter((body) => ![...refused].some((line) => line?.includes(`{ ${body} }`)));
  // Some errors name no row; then nothing is known of the others.
  fc.pre(left.length < bodies.length);
  return await compiling(left);
}

/** Rules of pairs whose outcome differs between the two inputs, as real OPA decides them. */
async function rulesThatDiffer(text: string, pairs: readonly Pair[]): Promise<string[]> {
  await using stage = await openStage();
  await writeFiles(stage.path, [
    { path: 'sample.rego', text },
    { path: 'lib.rego', text: LIBRARY },
    { path: 'data.json', text: JSON.stringify({ pairs }) },
  ]);
  // The inputs have names of their own: `with input as p.before` would miss rules that OPA finds by their index.
  const query = [
    '[p.rule | some p in data.pairs',
    'before := p.before; fired := p.rule in data.sample.deny with input as before',
    'after := p.after; fires := p.rule in data.sample.deny with input as after',
    'fired != fires]',
  ].join('; ');
  const run = { opa: OPA, cwd: stage.path, signal: new AbortController().signal };
  const { stdout } = await succeeded(run, ['eval', '--data', '.', '--format', 'json', query]);
  const { result } = JSON.parse(stdout) as { result?: { expressions: { value: string[] }[] }[] };
  return result?.[0]?.expressions[0]?.value ?? ['undefined'];
}

const touches = ({ path }: Change, reads: readonly string[]): boolean =>
  reads.some((read) => {
    const at = ['input', ...path];
    return isWithin(read.split('.'), at) || isWithin(at, read.split('.'));
  });

test('a change of what a rule does not read never changes whether it fires', {
  timeout: 300_000,
}, async () => {
  let within = 0;
  const cases = fc.record({
    bodies: fc.array(anyBody, { minLength: 10, maxLength: 20 }),
    inputs: fc.array(fc.tuple(anyInput, fc.array(anyChange, { minLength: 6, maxLength: 6 })), {
      minLength: 6,
      maxLength: 6,
    }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ bodies: drawn, inputs }) => {
      const bodies = await compiling(drawn);
      const text = moduleOf(bodies);
      const reads = await readsOf(text, LIBRARY);
      const pairsWhere = (wanted: boolean): Pair[] =>
        bodies.flatMap((_, position) =>
          inputs.flatMap(([before, changes]) =>
            changes
              .filter((change) => touches(change, reads.get(`r${position}`) ?? []) === wanted)
              .map((change) => ({ rule: `r${position}`, before, after: changed(before, change) })),
          ),
        );
      within += (await rulesThatDiffer(text, pairsWhere(true))).length;
      const without = await rulesThatDiffer(text, pairsWhere(false));
      expect(without.map((rule) => [rule, bodies[Number(rule.slice(1))], reads.get(rule)])).toEqual([]);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(within, 'changes of what rules do read change outcomes').toBeGreaterThan(RUNS);
});

test('every document that OPA itself says a rule depends on is among its reads', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyBody, { minLength: 1, maxLength: 8 }), async (drawn) => {
      const bodies = await compiling(drawn);
      const text = moduleOf(bodies);
      const reads = [...(await readsOf(text, LIBRARY))].flatMap(([name, paths]) =>
        /^r\d+$/.test(name) ? paths : [],
      );
      await using stage = await openStage();
      await writeFiles(stage.path, [
        { path: 'sample.rego', text },
        { path: 'lib.rego', text: LIBRARY },
      ]);
      const run = { opa: OPA, cwd: stage.path, signal: new AbortController().signal };
      const { stdout } = await succeeded(run, [
        'deps',
        '--data',
        '.',
        '--format',
        'json',
        'data.sample.deny',
      ]);
      const { base = [] } = JSON.parse(stdout) as { base?: { value: string }[][] };
      const documents = base
        .map((terms) => terms.map(({ value }) => value))
        // It names the document that was asked about where no rule of it reads anything.
        .filter((path) => path.join('.') !== 'data.sample.deny');
      // OPA follows neither other names nor `object.get` below a document, so it may name one above what is read.
      const paths = reads.map((read) => read.split('.'));
      const missed = documents.filter(
        (path) => !paths.some((read) => isWithin(path, read) || isWithin(read, path)),
      );
      expect(missed.map((path) => path.join('.'))).toEqual([]);
    }),
    { numRuns: RUNS * 2, endOnFailure: true },
  );
});
