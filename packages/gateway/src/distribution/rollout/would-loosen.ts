import type { Release } from '@bailiff/contract';
import type { PreflightAnswer, PreflightEngine } from '../delivery/preflight-engine.ts';
import { WIDTHS } from '../laws/width.ts';
import { type RestrainedCall, restraintsOf } from './restrained-call.ts';

/** Recorded calls that are decided again at most; beyond that, nobody knows. */
const REDECIDED_MAX = 2_000;
/** Recorded calls that are looked at, with those that nothing restrained; beyond that, nobody knows either. */
const SEEN_MAX = 20_000;
const AT_ONCE = 50;

/**
 * Why a release would let through more than was recorded, or why that cannot be known; undefined where it would not. Calls
 * that nothing restrained, which can only become stricter, stand among the recorded ones as `unrestrained`.
 * @throws the signal's reason on abort.
 */
export async function wouldLoosen(
  release: Release,
  recorded: AsyncIterable<RestrainedCall | 'unrestrained'>,
  { engine, signal }: { readonly engine: Pick<PreflightEngine, 'decideAll'>; readonly signal: AbortSignal },
): Promise<string | undefined> {
  let seen = 0;
  let restrained = 0;
  let batch: RestrainedCall[] = [];
  const whyBatch = async () => {
    const texts = batch.map(({ inputText }) => inputText);
    const answers = await engine.decideAll(release, texts, signal);
    return batch.map((before, index) => whyLooser(before, answers[index])).find((why) => why !== undefined);
  };
  for await (const call of recorded) {
    signal.throwIfAborted();
    seen += 1;
    if (seen > SEEN_MAX) return `more than ${SEEN_MAX} calls would have to be looked at`;
    if (call === 'unrestrained') continue;
    restrained += 1;
    if (restrained > REDECIDED_MAX)
      return `more than ${REDECIDED_MAX} restrained calls would have to be decided again`;
    if (!call.isWhole)
      return 'a restrained call was recorded with parts of it masked, so that it cannot be decided again';
    batch.push(call);
    if (batch.length < AT_ONCE) continue;
    const why = await whyBatch();
    if (why !== undefined) return why;
    batch = [];
  }
  return batch.length > 0 ? await whyBatch() : undefined;
}

function whyLooser(before: RestrainedCall, after: PreflightAnswer | undefined): string | undefined {
  // Whoever could not be asked may let it through tomorrow.
  if (after === undefined || after.kind === 'failed')
    return 'what it would make of a call that was restrained is not known: it could not decide it now';
  if (WIDTHS[after.outcome] > WIDTHS[before.outcome])
    return before.outcome === 'deny'
      ? 'it would let through a call that was refused by a rule'
      : 'it would let through a call that was held for approval';
  if (after.outcome !== before.outcome) return undefined;
  const duties = new Set(restraintsOf(after.obligations ?? []));
  return restraintsOf(before.obligations).every((duty) => duties.has(duty))
    ? undefined
    : 'it would let through a call without a duty that it was bound to';
}
