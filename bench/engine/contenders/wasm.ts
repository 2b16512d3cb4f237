/** OPA’s WebAssembly, as its own SDK for Node runs it. */
import { createRequire } from 'node:module';
import { ENTRYPOINT } from '../sets/policy-set.ts';
import { inputTexts, readSetFile, serve, started } from './worker-loop.ts';

interface LoadedPolicy {
  readonly setData: (data: unknown) => void;
  readonly evaluate: (input: ArrayBuffer, entrypoint: string) => readonly { readonly result: unknown }[];
}

/**
 * The one built-in of the policy sets that the SDK has not, as its user would add it; the sets ask it about objects of words only.
 */
function isSubset(
  whole: Readonly<Record<string, unknown>>,
  part: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(part).every(([key, value]) => Object.hasOwn(whole, key) && whole[key] === value);
}

const { loadPolicy } = createRequire(`${started.peers}/package.json`)('@open-policy-agent/opa-wasm');
const policy: LoadedPolicy = await loadPolicy(readSetFile('wasm'), {}, { 'object.subset': isSubset });
policy.setData(JSON.parse(readSetFile('data').toString('utf8')));
const encoder = new TextEncoder();

// Bytes are what the SDK takes soonest; it parses the answer itself.
const decide = (index: number) =>
  policy.evaluate(encoder.encode(inputTexts[index] ?? '').buffer, ENTRYPOINT)[0]?.result;

await serve({
  answer: (index) => JSON.stringify(decide(index)),
  decide: (index) => JSON.stringify(decide(index)),
});
