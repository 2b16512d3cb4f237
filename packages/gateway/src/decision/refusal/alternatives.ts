import type { Alternative, CallContext, Input, Release, ReleaseRule, Suggestion } from '@bailiff/contract';
import { changedInput } from './changed-input.ts';

type Change = Suggestion['change'];

/** How many changed calls are decided again for one refusal. */
const TRIED_MAX = 4;

export interface AlternativesOptions {
  readonly context: CallContext;
  readonly release: Release;
  /** The rules that refuse. */
  readonly decisive: readonly ReleaseRule[];
  /** Whether this input would be allowed by the same release. Never rejects; cannot tell means no. */
  readonly isAllowed: (input: Input) => Promise<boolean>;
}

/** What the refusing rules suggest, as far as it was decided again and allowed. In the order of the rules. */
export async function verifiedAlternatives(options: AlternativesOptions): Promise<Alternative[]> {
  const { context, release, isAllowed } = options;
  const tried = changesOf(options.decisive)
    .map((change) => ({ change, input: changedInput(context, change, release) }))
    .flatMap(({ change, input }) => (input === undefined ? [] : { change, input }))
    .slice(0, TRIED_MAX);
  const verified = await Promise.all(
    tried.map(async ({ change, input }) =>
      (await isAllowed(input)) ? { change, verified: true as const } : [],
    ),
  );
  return verified.flat();
}

/** Each suggestion once; where several rules refuse, first what they suggest together, since one alone may not do. */
function changesOf(rules: readonly ReleaseRule[]): Change[] {
  const firsts = rules.flatMap(({ suggest: [first] }) => (first === undefined ? [] : [first.change]));
  const single = rules.flatMap(({ suggest }) => suggest.map(({ change }) => change));
  const entries = firsts.toReversed().flatMap((change) => Object.entries(change)); // The first rule has the last word.
  const together: Change[] = firsts.length > 1 ? [Object.fromEntries(entries)] : [];
  const distinct = new Map([...together, ...single].map((change) => [JSON.stringify(change), change]));
  return [...distinct.values()];
}
