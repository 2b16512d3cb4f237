import {
  type CallContext,
  type DeniedScope,
  KERNEL_REASONS,
  type KernelAnswer,
  type Release,
  type ReleaseRule,
} from '@bailiff/contract';
import { inputReads, isWithin, readsPrincipalOnly, touches } from './rule-reads.ts';

/** The part of an answer that says which rules decided it. */
export type Decided = Pick<KernelAnswer, 'outcome' | 'reasons'> & {
  readonly metadata: Pick<KernelAnswer['metadata'], 'resolution' | 'rules' | 'overrides'>;
};

/** The rules without which a refusal would not stand, in the order of the answer; none where the kernel refuses by itself. */
export function decisiveRules(
  { outcome, metadata }: Decided,
  release: Release,
  approved: readonly string[] = [],
): readonly ReleaseRule[] {
  const spared = new Set(approved);
  if (metadata.resolution === 3)
    for (const { status, lifts } of metadata.overrides)
      if (status === 'used') for (const id of lifts) spared.add(id);
  const effect = effectOf(outcome, metadata.resolution);
  return metadata.rules
    .filter((rule) => rule.effect === effect && !spared.has(rule.rule))
    .flatMap(({ rule }) => release.rules.get(rule) ?? []);
}

function effectOf(outcome: Decided['outcome'], resolution: number): ReleaseRule['kind'] | undefined {
  if (outcome === 'approval_required') return 'require_approval';
  return resolution === 2 || resolution === 3 ? 'deny' : undefined;
}

/** Reasons with which the kernel refuses by itself, whatever rules say beside it. */
export function kernelReasons({ reasons, metadata }: Decided): readonly string[] {
  if (metadata.resolution === 4) return reasons;
  if (metadata.resolution !== 2) return [];
  const ofRules = new Set(
    metadata.rules.filter(({ effect }) => effect === 'deny').map(({ reason }) => reason),
  );
  return reasons.filter((code) => Object.hasOwn(KERNEL_REASONS, code) && !ofRules.has(code));
}

/** Narrowest first. */
const SCOPES: readonly DeniedScope[] = ['this_call', 'this_tool', 'this_conversation', 'this_agent'];

const SCOPE_OF_REASON: ReadonlyMap<string, DeniedScope> = new Map([
  ['agent_version_not_in_release', 'this_agent'],
  ['no_grant_who', 'this_agent'],
  ['no_grant_what', 'this_tool'],
  ['outside_capabilities', 'this_tool'],
]);

/** How much of what the agent may still try a refusal rules out: the broadest of what its rules and reasons say. */
export function deniedScope(
  answer: Decided,
  decisive: readonly ReleaseRule[],
  context: Pick<CallContext, 'dataClassSources'>,
): DeniedScope {
  const ofReasons = kernelReasons(answer).map((code) => SCOPE_OF_REASON.get(code));
  const ofRules = decisive.map((rule) => scopeOf(rule, context));
  return broadest([...ofReasons, ...ofRules]);
}

function broadest(scopes: readonly (DeniedScope | undefined)[]): DeniedScope {
  return SCOPES.findLast((scope) => scopes.includes(scope)) ?? 'this_call';
}

/** Places of the input that differ from call to call of one tool. */
const CALL_PLACES = ['input.action.args', 'input.action.estimated_tokens', 'input.result', 'input.approval'];

function scopeOf(
  rule: ReleaseRule,
  { dataClassSources }: Pick<CallContext, 'dataClassSources'>,
): DeniedScope {
  if (readsPrincipalOnly(rule)) return 'this_agent';
  const reads = inputReads(rule);
  if (reads.some((path) => CALL_PLACES.some((place) => touches(path, place)))) return 'this_call';
  const byClass = reads.some((path) => touches(path, 'input.action.data_classes_referenced'));
  // Another argument, another class: only what the catalogue declares holds for every call of the tool.
  if (byClass && dataClassSources.some(({ source }) => source === 'argument' || source === 'caller'))
    return 'this_call';
  const ofConversation =
    reads.some((path) => isWithin(path, 'input.context') || isWithin(path, 'input.usage')) ||
    (byClass && dataClassSources.some(({ source }) => source === 'conversation'));
  return ofConversation ? 'this_conversation' : 'this_tool';
}

/** Places of the input that change by themselves while the agent waits. */
const CHANGING_PLACES = [
  'input.usage',
  'input.environment.time',
  'input.environment.time_s',
  'input.environment.weekday',
  'input.environment.minute_of_day',
  'input.environment.flags',
];

/** Whether the same call may succeed later by itself: every rule that refuses it reads something that time changes. */
export function mayPass(answer: Decided, decisive: readonly ReleaseRule[]): boolean {
  if (answer.metadata.resolution === 1) return true; // A bundle that is missing or broken now may be mended.
  return (
    answer.outcome === 'deny' &&
    kernelReasons(answer).length === 0 &&
    decisive.length > 0 &&
    decisive.every((rule) =>
      inputReads(rule).some((path) => CHANGING_PLACES.some((place) => isWithin(path, place))),
    )
  );
}
