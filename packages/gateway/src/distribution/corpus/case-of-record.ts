import { type CorpusCase, type DecisionEntry, GATEWAY_REASONS, Input } from '@bailiff/contract';

/** Why a recorded decision is no case. */
export const LEFT_OUT = {
  masked: 'has masked fields, so that nobody can decide it again',
  list: 'is a list, not a call',
  undecided: 'was refused because policy could not be used, or by the gateway itself',
  unreadable: 'has an input that is no whole one',
} as const;
export type LeftOut = keyof typeof LEFT_OUT;

/** A recorded decision as a case, or why it is none. */
export function caseOfRecord(
  entry: DecisionEntry,
  tags: readonly string[] = [],
):
  | { readonly kind: 'case'; readonly value: CorpusCase }
  | { readonly kind: 'left_out'; readonly why: LeftOut } {
  const { answer } = entry;
  if (entry.list !== null) return { kind: 'left_out', why: 'list' };
  if (entry.masked.length > 0) return { kind: 'left_out', why: 'masked' };
  const isOwn = answer.reasons.some((reason) => Object.hasOwn(GATEWAY_REASONS, reason));
  if (answer.metadata.engine === 'none' || answer.metadata.resolution === 1 || isOwn)
    return { kind: 'left_out', why: 'undecided' };
  const input = Input.safeParse(entry.input);
  if (!input.success) return { kind: 'left_out', why: 'unreadable' };
  const { outcome, reasons, metadata } = answer;
  return {
    kind: 'case',
    value: {
      id: entry.decision_id,
      input: input.data,
      expect: { outcome, reasons: [...reasons], matched_rules: [...metadata.matched_rules] },
      tags: [...tags],
    },
  };
}

/** What makes two cases alike: the second of two that say the same of outcome, rules, agents and target shows nothing new. */
export function likenessOf({ input, expect }: CorpusCase): string {
  const { agent, action } = input;
  // Many resources have one place each; their server tells them apart well enough.
  const target = action.target.kind === 'resource' ? action.server : action.target.id;
  const rules = [...expect.matched_rules].sort();
  return JSON.stringify([expect.outcome, rules, agent.scope, action.type, action.phase, target]);
}
