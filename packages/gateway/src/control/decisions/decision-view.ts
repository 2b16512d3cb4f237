import {
  ActionType,
  type Answer,
  type DecisionEntry,
  GATEWAY_REASONS,
  type OutcomeEntry,
  type Principal,
  type RecordEntry,
  type RefusalEntry,
  type Release,
} from '@bailiff/contract';
import { z } from 'zod';
import { principalRefusal } from '../../decision/refusal/principal-refusal.ts';
import type { DecisionView } from '../documents.ts';

/** Whether a decision was about this user, or this very agent acting for this very user. */
export function isAbout(entries: readonly RecordEntry[], principal: Principal): boolean {
  const asked = entries.find((entry) => entry.kind !== 'outcome')?.principal;
  if (asked === undefined || asked.agent === '') return false; // nobody was made out
  if (asked.user !== '' && asked.user === principal.userId) return true;
  return asked.agent === principal.agentId && asked.user === principal.userId;
}

/**
 * The short form: what the caller was told when it was decided, never more. Undefined where there is neither decision nor
 * refusal under the id.
 */
export function viewOf(
  entries: readonly RecordEntry[],
  release: Release | undefined,
): DecisionView | undefined {
  const decision = entries.find((entry) => entry.kind === 'decision');
  const outcome = entries.findLast((entry) => entry.kind === 'outcome');
  if (decision !== undefined) return viewOfDecision(decision, outcome, release);
  const refusal = entries.find((entry) => entry.kind === 'refusal');
  return refusal === undefined ? undefined : viewOfRefusal(refusal);
}

function viewOfDecision(
  entry: DecisionEntry,
  outcome: OutcomeEntry | undefined,
  release: Release | undefined,
): DecisionView {
  const answer = outcome?.failure === 'unknown_tool' ? undefined : toldAnswer(entry, release);
  const { decision_id, at } = entry;
  if (answer === undefined) return { ...absent(absenceOf(entry)), decision_id, at };
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
    decision_id,
    at,
    asked: askedOf(entry),
    outcome: answer.outcome,
    reasons: answer.reasons,
    ...told,
    simulated: answer.metadata.simulated,
    result: outcome?.result ?? 'unknown',
  };
}

/** The part of the answer that its caller was told; undefined where it was told that there is no such target. */
function toldAnswer(
  { answer, disclosure, ...entry }: DecisionEntry,
  release: Release | undefined,
): Answer | undefined {
  switch (disclosure) {
    case null:
    case 'shown':
      return answer;
    case 'hidden':
      return undefined;
    case 'principal':
      if (entry.engine === 'none') return answer; // nothing of it depends on the target
      // Which rules look at the caller alone is known only of the release that decided.
      return release?.digest === entry.release_digest ? principalRefusal(answer, release) : undefined;
  }
}

/** The words for what does not exist, by what was asked for. */
const ABSENCES = ['unknown_tool', 'unknown_prompt', 'unknown_resource'] as const;
type Absence = (typeof ABSENCES)[number];

/** What is said of a target that the caller was told does not exist: the same as where it never did. */
function absent(absence: Absence): Omit<DecisionView, 'decision_id' | 'at'> {
  return {
    asked: { type: '', target: '' },
    outcome: 'deny',
    reasons: [absence],
    message: GATEWAY_REASONS[absence],
    remediation: '',
    alternatives: [],
    appeal_path: '',
    simulated: false,
    result: 'refused',
  };
}

/** As it was told on the wire: only tools, prompts and resources are ever hidden. */
function absenceOf(entry: DecisionEntry): Absence {
  const kind = Aimed.safeParse(entry.input).data?.action.target.kind;
  if (kind === 'prompt') return 'unknown_prompt';
  return kind === 'resource' ? 'unknown_resource' : 'unknown_tool';
}

const Aimed = z.object({ action: z.object({ target: z.object({ kind: z.string() }) }) });

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
  const { decision_id, at } = entry;
  const absence = ABSENCES.find((code) => code === entry.failure);
  if (absence !== undefined) return { ...absent(absence), decision_id, at };
  return {
    decision_id,
    at,
    asked: { type: '', target: '' },
    outcome: 'deny',
    reasons: [entry.failure],
    message: entry.detail,
    remediation: '',
    alternatives: [],
    appeal_path: '',
    simulated: false,
    result: 'refused',
  };
}
