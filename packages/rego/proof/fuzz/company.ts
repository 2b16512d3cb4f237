import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCases } from '../../../../conformance/case.ts';
import { completeForCompany, exampleRelease } from '../../../../conformance/example-company.ts';
import { OpaServer } from '../../../../conformance/opa-server.ts';
import { readPolicyFiles } from '../../../gateway/src/decision/embedded/bundle-files.ts';
import { compilePlan, readData } from '../../src/index.ts';
import { canonicalText, readExactJson } from '../exact-json.ts';
import { type Answer, type DifferenceKind, differenceOf, readEvaluation } from './compare.ts';
import { mutated } from './generate/mutations.ts';
import { Random } from './generate/random.ts';
import { httpAnswer } from './http-answer.ts';

const ENTRYPOINTS = [
  'bailiff/decision',
  'bailiff/visible',
  'bailiff/watched',
  'bailiff/decision_and_watched',
];

/** Questions on their way to OPA at once. */
const UNDER_WAY = 4;

/** One evaluation of the company's release. */
export interface CompanyResult {
  readonly entrypoint: string;
  readonly inputText: string;
  readonly opa: Answer;
  readonly ours: Answer;
  readonly difference: DifferenceKind | undefined;
}

/**
 * Evaluates the example company's release with the inputs of its cases, as they are and mutated, `count` in all: in process
 * and by a real `opa run`, asked as the gateway asks its sidecar.
 */
export async function* companyResults(count: number, seed: string): AsyncGenerator<CompanyResult> {
  const release = await exampleRelease();
  const bundle = Buffer.from(release.bundle);
  const { plan, data } = await readPolicyFiles(bundle);
  const [policy, document] = [compilePlan(plan), readData(data)];
  const inputs = readCases()
    .filter((test) => test.release === undefined)
    .map((test) => readExactJson(JSON.stringify(completeForCompany(test.input, release))));
  const folder = await mkdtemp(join(tmpdir(), 'company-'));
  const file = join(folder, 'bundle.tar.gz');
  await writeFile(file, bundle);
  try {
    await using server = await OpaServer.start(['--bundle', file]);
    for (let number = 0; number < count; number += UNDER_WAY) {
      const asked = Array.from({ length: Math.min(UNDER_WAY, count - number) }, async (_, offset) => {
        const random = new Random(`${seed}/company/${number + offset}`);
        const input = random.pick(inputs);
        const isFirst = number + offset < inputs.length;
        const inputText = canonicalText(
          isFirst ? (inputs[number + offset] ?? input) : mutated(random, input),
        );
        const entrypoint = random.pick(ENTRYPOINTS);
        const opa = await httpAnswer(server, { entrypoint, inputText, strict: true });
        const ours = readEvaluation(policy.evaluate(entrypoint, { inputText, data: document }));
        return { entrypoint, inputText, opa, ours, difference: differenceOf(opa, ours) };
      });
      yield* await Promise.all(asked);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
