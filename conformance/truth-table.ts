import type { Outcome } from '@bailiff/contract';

/** A fact that the findings of one call add up to. */
export type Letter = 'E' | 'H' | 'D' | 'G' | 'O' | 'A';

/** What each letter stands for, in the order in which it is asked. */
export const LETTERS: Readonly<Record<Letter, string>> = {
  E: 'policy could not be used: an error, an undefined result, a stale or missing required bundle, a finding or an input that is not well formed',
  H: 'at least one objection that nobody may lift: a bundle’s, or the kernel’s own to a version of the agent that the release does not list',
  D: 'at least one objection that may be lifted, and that no valid override lifts',
  G: 'somebody granted *who* and somebody granted *what*, **and** server, target and data classes are within the capabilities',
  O: 'every duty is known, and together they can be discharged',
  A: 'at least one rule asks for approval that has not been given for this call',
};

/** What a letter must be for a row to match; `any` where the row does not ask. */
export type Cell = 'yes' | 'no' | 'any';

export interface TruthTableRow {
  readonly row: number;
  readonly cells: Readonly<Record<Letter, Cell>>;
  readonly outcome: Outcome;
  readonly reasons: string;
}

/** How findings become one answer: the first row that matches decides. */
export const TRUTH_TABLE: readonly TruthTableRow[] = [
  {
    row: 1,
    cells: { E: 'yes', H: 'any', D: 'any', G: 'any', O: 'any', A: 'any' },
    outcome: 'deny',
    reasons:
      '`policy_unavailable` and what failed; where one argument made a built-in fail, `argument_unusable` and its path',
  },
  {
    row: 2,
    cells: { E: 'no', H: 'yes', D: 'any', G: 'any', O: 'any', A: 'any' },
    outcome: 'deny',
    reasons:
      '`agent_version_not_in_release` where it holds, then all objections; a matching override is listed as refused',
  },
  {
    row: 3,
    cells: { E: 'no', H: 'no', D: 'yes', G: 'any', O: 'any', A: 'any' },
    outcome: 'deny',
    reasons: 'all objections that were not lifted, with where to appeal',
  },
  {
    row: 4,
    cells: { E: 'no', H: 'no', D: 'no', G: 'no', O: 'any', A: 'any' },
    outcome: 'deny',
    reasons: '`no_grant_who`, `no_grant_what`, `outside_capabilities`: those that hold',
  },
  {
    row: 5,
    cells: { E: 'no', H: 'no', D: 'no', G: 'yes', O: 'no', A: 'any' },
    outcome: 'deny',
    reasons: '`obligation_conflict`, `obligation_unknown`: those that hold',
  },
  {
    row: 6,
    cells: { E: 'no', H: 'no', D: 'no', G: 'yes', O: 'yes', A: 'yes' },
    outcome: 'approval_required',
    reasons: 'the rules that ask',
  },
  {
    row: 7,
    cells: { E: 'no', H: 'no', D: 'no', G: 'yes', O: 'yes', A: 'no' },
    outcome: 'allow',
    reasons: 'the grants of *who*, the grants of *what*, the affirmations; with the merged duties',
  },
];

/**
 * The row that decides a call of which these letters hold.
 * @throws Error when none does: the table has a hole.
 */
export function decidingRow(holds: Readonly<Record<Letter, boolean>>): TruthTableRow {
  const matching = TRUTH_TABLE.find(({ cells }) =>
    Object.entries(cells).every(
      ([letter, cell]) => cell === 'any' || (cell === 'yes') === holds[letter as Letter],
    ),
  );
  if (matching === undefined) throw new Error(`No row for ${JSON.stringify(holds)}.`);
  return matching;
}
