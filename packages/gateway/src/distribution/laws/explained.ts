import { type JsonObject, KERNEL_REASONS, type Release, type ReleaseRule } from '@bailiff/contract';
import type { PreflightAnswer } from '../delivery/preflight-engine.ts';
import { isObject } from '../sources/document.ts';

/** Why an outcome does not follow from what matched. */
export interface Unexplained {
  readonly detail: string;
  readonly rules: readonly string[];
}

/**
 * What is wrong with an outcome that matched objections, demands and grants do not give: a rule that is watched or off is
 * among those that matched, a denial nobody made, an allow against an objection that no override of the release can lift,
 * or without a grant.
 */
export function unexplained(release: Release, input: JsonObject, answer: PreflightAnswer): Unexplained[] {
  if (answer.kind === 'failed') return [];
  const matched = answer.rules.flatMap((id) => release.rules.get(id) ?? []);
  const silent = answer.rules.filter((id) => !DECIDING.includes(release.rules.get(id)?.mode));
  const found: Unexplained[] = [];
  if (silent.length > 0)
    found.push({ detail: 'A rule that is not enforced is among those that decided.', rules: silent });
  const of = (kind: ReleaseRule['kind']) => matched.filter((rule) => rule.kind === kind).map(({ id }) => id);
  const [denials, demands, grants] = [of('deny'), of('require_approval'), of('allow')];
  const liftable = new Set(release.data.overrides.flatMap(({ lifts }) => lifts));
  const standing = denials.filter((id) => !liftable.has(id));
  if (answer.outcome !== 'deny' && standing.length > 0)
    found.push({
      detail: 'What an objection stands against that nobody lifts is not denied.',
      rules: standing,
    });
  if (answer.outcome === 'allow' && grants.length === 0)
    found.push({ detail: 'A call is allowed that nobody granted.', rules: answer.rules });
  if (answer.outcome === 'allow' && demands.length > 0 && !isObject(input.approval))
    found.push({ detail: 'A call is allowed that a rule holds for approval.', rules: demands });
  if (answer.outcome === 'approval_required' && demands.length === 0)
    found.push({ detail: 'A call is held for approval that no rule holds.', rules: answer.rules });
  if (answer.outcome === 'deny' && denials.length === 0 && !answer.reasons.some(isKernels))
    found.push({ detail: 'A call is denied to which nobody objects.', rules: answer.rules });
  return found;
}

/** Modes of rules that may be among those that decided; of one in its canary the kernel alone knows for whom. */
const DECIDING: readonly (ReleaseRule['mode'] | undefined)[] = ['enforce', 'canary'];

const isKernels = (reason: string) => Object.hasOwn(KERNEL_REASONS, reason);
