/** The policy as JavaScript that a person wrote. */
import { HANDWRITTEN } from '../handwritten/policies.ts';
import type { SetName } from '../sets/policy-set.ts';
import { inputTexts, readSetFile, serve, started } from './worker-loop.ts';

const make = HANDWRITTEN[started.set as SetName];
if (make === undefined) throw new Error(`Nobody wrote ${started.set} by hand.`);
const policy = make(JSON.parse(readSetFile('data').toString('utf8')));
const inputs: readonly unknown[] = inputTexts.map((text) => JSON.parse(text));
const answer = (index: number) => JSON.stringify(policy(JSON.parse(inputTexts[index] ?? '')));

await serve({ answer, decide: started.form === 'text' ? answer : (index) => policy(inputs[index]) });
