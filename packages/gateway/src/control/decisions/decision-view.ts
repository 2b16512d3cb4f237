import {
  ActionType,
  type DecisionEntry,
  GATEWAY_REASONS,
  type OutcomeEntry,
  type Principal,
  type RecordEntry,
  type RefusalEntry,
  type ReleaseRule,
} from '@bailiff/contract';
import { z } from 'zod';
import type { DecisionView } from '../documents.ts';
import { hidesTarget } from './hidden-target.ts';

/** Whether a decision was about this user, or this very agent acting for this very user. */
export function isAbout(entries: readonly RecordEntry[], principal: Principal): boolean {
  const asked = entries.find((entry) => entry.kind !== 'outcome')?.principal;
  if (asked === undefined || asked.agent === '') return false; // nobody was made out
  if (asked.user !== '' && asked.user === principal.userId) return true;
  return asked.agent === principal.agentId && asked.user === principal.userId;
}

/** The short form; undefined where there is neither decision nor refusal under the id. */
export function viewOf(
  entries: readonly RecordEntry[],
  rules: ReadonlyMap<string, ReleaseRule>,
): DecisionView | undefined {
  const decision = entries.find((entry) => entry.kind === 'decision');
  const outcome = entries.findLast((entry) => entry.kind === 'outcome');
  if (decision !== undefined) return viewOfDecision(decision, outcome, hidesTarget(decision, rules));
  const refusal = entries.find((entry) => entry.kind === 'refusal');
  return refusal === undefined ? undefined : viewOfRefusal(refusal);
}

function viewOfDecision(
  entry: DecisionEntry,
  outcome: OutcomeEntry | undefined,
  hidden: boolean,
): DecisionView {
  const { answer } = entry;
  const told =
    answer.outcome === 'allow'
      ? { message: '', remediation: '', alternatives: [], appeal_path: '' }
      : {
          message: answer.message,
          remediation: answer.remediation ?? '',
          alternatives: answer.alternatives,
          appeal_path: answer.metadata.appeal_path,
        };
  return {
    decision_id: entry.decision_id,
    at: entry.at,
    asked: askedOf(entry),
    outcome: answer.outcome,
    reasons: answer.reasons,
    ...told,
    simulated: answer.metadata.simulated,
    result: outcome?.result ?? 'unknown',
    ...(hidden ? ABSENT : {}),
  };
}

/** What is said of a target that the caller was told does not exist: the same as where it never did. */
const ABSENT: Partial<DecisionView> = {
  asked: { type: '', target: '' },
  outcome: 'deny',
  reasons: ['unknown_tool'],
  message: GATEWAY_REASONS.unknown_tool,
  remediation: '',
  alternatives: [],
  appeal_path: '',
  result: 'refused',
};

/** As much of a recorded input as names what was asked; an input that was refused may lack even that. */
const Named = z.object({ action: z.object({ type: ActionType, target: z.object({ id: z.string() }) }) });

/** By name only: arguments may hold what the agent saw elsewhere. */
function askedOf(entry: DecisionEntry): DecisionView['asked'] {
  const named = Named.safeParse(entry.input);
  if (!named.success) return { type: '', target: '' };
  const { type, target } = named.data.action;
  return { type, target: target.id };
}

function viewOfRefusal(entry: RefusalEntry): DecisionView {
  return {
    decision_id: entry.decision_id,
    at: entry.at,
    asked: { type: '', target: '' },
    outcome: 'deny',
    reasons: [entry.failure],
    message: entry.failure === 'unknown_tool' ? GATEWAY_REASONS.unknown_tool : entry.detail,
    remediation: '',
    alternatives: [],
    appeal_path: '',
    simulated: false,
    result: 'refused',
  };
}
