import type { DecisionSummary } from '../../record/reader.ts';
import { tellMoment } from './moment.ts';
import { type Colours, type Column, colourOf, table, tellOutcome } from './terminal.ts';

const COLUMNS: readonly Column[] = [
  { heading: 'TIME (UTC)', width: 19 },
  { heading: 'OUTCOME', width: 9 },
  { heading: 'AGENT' },
  { heading: 'USER' },
  { heading: 'TARGET' },
  { heading: 'MS', end: true },
  { heading: 'BECAME', width: 9 },
  { heading: 'ID' },
  { heading: 'REASONS' },
];
const OUTCOME_COLUMN = 1;

/** A page of records as a table; without its headings where it follows another. */
export function tellDecisions(
  decisions: readonly DecisionSummary[],
  colours: Colours,
  { headings }: { readonly headings: boolean },
): string {
  const text = table(COLUMNS, decisions.map(cellsOf), (cell, row, column) => {
    if (row < 0) return colours.bold(cell);
    const decision = decisions[row];
    return column === OUTCOME_COLUMN && decision !== undefined
      ? colourOf(decision.outcome, colours)(cell)
      : cell;
  });
  return headings ? text : text.slice(text.indexOf('\n') + 1);
}

function cellsOf(decision: DecisionSummary): string[] {
  const simulated = decision.simulated ? ' (simulated)' : '';
  return [
    tellMoment(decision.atMs),
    tellOutcome(decision.outcome) + simulated,
    decision.agent || '–',
    decision.user || '–',
    decision.isList ? `list of ${decision.server || decision.target}` : decision.target,
    decision.outcome === 'refused' ? '' : decision.latencyMs.toFixed(1),
    decision.result ?? '–',
    decision.decisionId,
    decision.reasons.join(', '),
  ];
}

/** The same for programs, in wire names. */
export function decisionJson(decision: DecisionSummary) {
  return {
    seq: decision.seq,
    decision_id: decision.decisionId,
    at: new Date(decision.atMs).toISOString(),
    outcome: decision.outcome,
    reasons: decision.reasons,
    agent: decision.agent,
    user: decision.user,
    server: decision.server,
    target: decision.target,
    list: decision.isList,
    simulated: decision.simulated,
    latency_ms: decision.latencyMs,
    policy_version: decision.policyVersion,
    result: decision.result,
  };
}
