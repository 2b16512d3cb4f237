import type { Outcome, Release } from '@bailiff/contract';
import type { PreflightEngine } from '../delivery/preflight-engine.ts';

/** A recorded call that rules refused, or held for approval. */
export interface RecordedRefusal {
  readonly outcome: Exclude<Outcome, 'allow'>;
  /** The input as it is recorded. */
  readonly inputText: string;
  /** Whether it is the input as it was decided: nothing of it was masked. */
  readonly isWhole: boolean;
}

/** Recorded calls that are decided again at most; beyond that, nobody knows. */
const REDECIDED_MAX = 2_000;
const AT_ONCE = 50;

/** How much an outcome lets through. */
const FREEDOM = { deny: 0, approval_required: 1, allow: 2 } as const satisfies Record<Outcome, number>;

/**
 * Why a release would let through more than was recorded, or why that cannot be known; undefined where it would not.
 * What could not be decided lets nothing through. @throws the signal's reason on abort.
 */
export async function wouldLoosen(
  release: Release,
  refusals: AsyncIterable<RecordedRefusal>,
  { engine, signal }: { readonly engine: Pick<PreflightEngine, 'decideAll'>; readonly signal: AbortSignal },
): Promise<string | undefined> {
  let seen = 0;
  let batch: RecordedRefusal[] = [];
  const looser = async () => {
    const texts = batch.map(({ inputText }) => inputText);
    const answers = await engine.decideAll(release, texts, signal);
    if (answers.length !== batch.length) return true; // Nothing is known of those without an answer.
    return answers.some((answer, index) => {
      const before = batch[index]?.outcome ?? 'deny';
      return answer.kind === 'decided' && FREEDOM[answer.outcome] > FREEDOM[before];
    });
  };
  for await (const refusal of refusals) {
    signal.throwIfAborted();
    seen += 1;
    if (seen > REDECIDED_MAX)
      return `more than ${REDECIDED_MAX} refused calls would have to be decided again`;
    if (!refusal.isWhole)
      return 'a refused call was recorded with parts of it masked, so that it cannot be decided again';
    batch.push(refusal);
    if (batch.length < AT_ONCE) continue;
    if (await looser()) return LOOSER;
    batch = [];
  }
  return batch.length > 0 && (await looser()) ? LOOSER : undefined;
}

const LOOSER = 'it would let through a call that was refused by a rule';
