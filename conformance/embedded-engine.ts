import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Json, JsonObject } from '@bailiff/contract';
import { compilePlan, type DataDocument, jsonOf, type Policy, readData } from '@bailiff/rego';
import { readPolicyFiles } from '../packages/gateway/src/decision/embedded/bundle-files.ts';
import { opaExecutable } from '../packages/gateway/src/decision/testing/opa.ts';
import type { CaseEvaluation, SwitchableEngine } from './engines.ts';

/** Documents that cases ask for. */
const ENTRYPOINTS = ['decision', 'visible', 'watched', 'decision_and_watched'];

/** OPA's plan of Rego files in a folder, run by the embedded engine, without any base data. */
export async function openEmbedded(directory: string, files: readonly string[]): Promise<SwitchableEngine> {
  const output = join(directory, 'plan.tar.gz');
  const entrypoints = ENTRYPOINTS.flatMap((name) => ['--entrypoint', `bailiff/${name}`]);
  const args = ['build', '--target', 'plan', ...entrypoints, '--output', output, ...files];
  await promisify(execFile)(opaExecutable(), args);
  return openEmbeddedBundle(await readFile(output));
}

/** A release as it ships, run by the embedded engine. */
export async function openEmbeddedBundle(bundle: Uint8Array): Promise<SwitchableEngine> {
  const { plan, data } = await readPolicyFiles(bundle);
  return new Embedded(compilePlan(plan), readData(data));
}

class Embedded implements SwitchableEngine {
  readonly #policy: Policy;
  #data: DataDocument;

  constructor(policy: Policy, data: DataDocument) {
    this.#policy = policy;
    this.#data = data;
  }

  async switchTo(data: JsonObject): Promise<void> {
    this.#data = readData(JSON.stringify(data));
  }

  async evaluate(entrypoint: string, input: Json): Promise<CaseEvaluation> {
    const options = { inputText: JSON.stringify(input), data: this.#data };
    const evaluation = this.#policy.evaluate(`bailiff/${entrypoint}`, options);
    if (evaluation.kind === 'failed')
      return { kind: 'failed', detail: `${evaluation.code}: ${evaluation.message}` };
    if (evaluation.kind === 'undefined') return { kind: 'undefined' };
    return { kind: 'result', value: jsonOf(evaluation.value) };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
