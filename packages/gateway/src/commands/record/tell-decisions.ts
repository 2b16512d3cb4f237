import type { DecisionSummary } from '../../record/reader.ts';
import { tellMoment } from './moment.ts';
import { type Colours, type Column, colourOf, table, tellOutcome, widened } from './terminal.ts';

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

/** Widths with which a table begins whose rows come one by one; an id is a UUID. */
const FOLLOWED: Readonly<Record<string, number>> = { AGENT: 16, USER: 8, TARGET: 24, MS: 7, ID: 36 };

/** Records as a table. */
export function tellDecisions(decisions: readonly DecisionSummary[], colours: Colours): string {
  return told(COLUMNS, decisions, colours);
}

/**
 * A table that goes on: gives what to print for each further page, headings with the first one. Columns stay where
 * they are, and only ever move for a cell that is wider than all before it.
 */
export function decisionsAsTheyCome(colours: Colours): (decisions: readonly DecisionSummary[]) => string {
  let columns: readonly Column[] = COLUMNS.map((column) => ({
    ...column,
    width: FOLLOWED[column.heading] ?? column.width ?? 0,
  }));
  let first = true;
  return (decisions) => {
    columns = [...widened(columns.slice(0, -1), decisions.map(cellsOf)), ...columns.slice(-1)];
    const text = told(columns, decisions, colours);
    const shown = first ? text : text.slice(text.indexOf('\n') + 1);
    first = false;
    return shown;
  };
}

function told(columns: readonly Column[], decisions: readonly DecisionSummary[], colours: Colours): string {
  return table(columns, decisions.map(cellsOf), (cell, row, column) => {
    if (row < 0) return colours.bold(cell);
    const decision = decisions[row];
    return column === OUTCOME_COLUMN && decision !== undefined
      ? colourOf(decision.outcome, colours)(cell)
      : cell;
  });
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
