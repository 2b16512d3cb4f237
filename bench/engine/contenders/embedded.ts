/** The embedded engine: OPA’s plan compiled to JavaScript. */
import {
  compilePlan,
  type DefinedEvaluation,
  readData,
  readJson,
  writeJson,
} from '../../../packages/rego/src/index.ts';
import { ENTRYPOINT } from '../sets/policy-set.ts';
import type { Request } from './contender.ts';
import { inputTexts, readSetFile, serve, started } from './worker-loop.ts';

const policy = compilePlan(readSetFile('plan').toString('utf8'));
const data = readData(readSetFile('data').toString('utf8'));
const inputs = inputTexts.map((text) => readJson(text));
const LOOKS = 10;
const DOCUMENT_CHARACTERS = 10_000_000;

function defined(evaluation: ReturnType<typeof policy.evaluate>): DefinedEvaluation {
  if (evaluation.kind !== 'defined') throw new Error(JSON.stringify(evaluation));
  return evaluation;
}

const answer = (index: number) =>
  defined(policy.evaluate(ENTRYPOINT, { inputText: inputTexts[index] ?? '', data })).text();

/** Bytes of the heap that are in use after every tenth of the evaluations, garbage collected. */
function memory({ evaluations = 0 }: Request): unknown {
  const used: number[] = [];
  for (let look = 0; look <= LOOKS; look += 1) {
    if (look > 0) for (let one = 0; one < evaluations / LOOKS; one += 1) answer(one % inputTexts.length);
    globalThis.gc?.();
    globalThis.gc?.();
    used.push(process.memoryUsage().heapUsed);
  }
  return { kind: 'memory', used };
}

/** Milliseconds that a data document of some ten million characters takes to load: the median of five. */
function loadData(): unknown {
  const own = writeJson(data.root);
  const parts = Array.from(
    { length: Math.ceil(DOCUMENT_CHARACTERS / own.length) },
    (_none, part) => `"${part}":${own}`,
  );
  const document = `{${parts.join()}}`;
  const taken = Array.from({ length: 5 }, () => {
    const before = performance.now();
    readData(document);
    return performance.now() - before;
  }).sort((a, b) => a - b);
  return { kind: 'load_data', milliseconds: taken[2], characters: document.length };
}

await serve({
  answer,
  decide:
    started.form === 'text'
      ? answer
      : (index) => defined(policy.evaluate(ENTRYPOINT, { input: inputs[index] ?? null, data })).value,
  others: { memory, load_data: loadData },
});
