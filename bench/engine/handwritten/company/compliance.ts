import type { Input } from '@bailiff/contract';
import type { Audit, CompanyData, Rule } from './facts.ts';
import type { Judge, RuleFinder } from './identity.ts';

/** The compliance bundle’s rules but for those that oblige. */
export function complianceJudge(data: CompanyData, rule: RuleFinder): Judge {
  const { open_classes, confined_classes } = data.policy.compliance;
  const residency = new Map(Object.entries(data.policy.compliance.residency));
  const models = new Map(Object.entries(data.policy.compliance.models));
  const userData = rule('compliance.user_data_access');
  const userClass = rule('compliance.user_class_access');
  const authorized = rule('compliance.data_class_authorized');
  const leaves = rule('compliance.seen_data_leaves');
  const notReviewed = rule('compliance.model_not_reviewed');
  const modelForClass = rule('compliance.model_for_class');
  const region = rule('compliance.residency');
  return ({ action, user, context }, found) => {
    const classes = action.data_classes_referenced;
    const cleared = user.data_classifications_authorized;
    if (action.type === 'model_call') {
      const allowed = models.get(action.model);
      if (allowed === undefined) found.push(notReviewed);
      if (classes.some((one) => allowed?.includes(one) !== true)) found.push(modelForClass);
    } else if (
      action.effects.includes('external') &&
      context.data_classes_seen.some((one) => confined_classes.includes(one))
    )
      found.push(leaves);
    if (classes.length === 0) return;
    if (classes.some((one) => residency.get(one)?.includes(action.region) !== true)) found.push(region);
    const uncleared = classes.filter((one) => !cleared.includes(one));
    if (uncleared.length === 0) {
      found.push(authorized);
      return;
    }
    if (uncleared.includes('customer_data')) found.push(userData);
    if (uncleared.some((one) => one !== 'customer_data' && !open_classes.includes(one)))
      found.push(userClass);
  };
}

/** What the duties that were asked for come to. */
export interface Duties {
  readonly mask: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs: number | undefined;
  readonly audits: readonly Audit[];
}

/** The rules that oblige. */
export function dutiesOf(
  data: CompanyData,
  rule: RuleFinder,
): (
  action: Pick<Input['action'], 'tool' | 'blast_radius' | 'data_classes_referenced'>,
  found: Rule[],
) => Duties {
  const { timeouts_ms } = data.policy.workflow;
  const masked = new Map(Object.entries(data.policy.compliance.masked_arguments));
  const retention = new Map(Object.entries(data.policy.compliance.retention_days));
  const ofRadius = new Map(Object.entries(timeouts_ms.blast_radius));
  const ofTool = new Map(Object.entries(timeouts_ms.tools));
  const masking = rule('compliance.mask_arguments');
  const keeping = rule('compliance.retention');
  const callTimeout = rule('workflow.call_timeout');
  const toolTimeout = rule('workflow.tool_timeout');
  return ({ tool, blast_radius, data_classes_referenced }, found) => {
    const mask = masked.get(tool);
    if (mask !== undefined) found.push(masking);
    const audits: Audit[] = [];
    for (const one of data_classes_referenced) {
      const retention_days = retention.get(one);
      if (retention_days !== undefined) audits.push({ level: 'full', retention_days });
    }
    if (audits.length > 0) found.push(keeping);
    const limits = [ofRadius.get(blast_radius), ofTool.get(tool)];
    if (limits[0] !== undefined) found.push(callTimeout);
    if (limits[1] !== undefined) found.push(toolTimeout);
    const given = limits.filter((limit) => limit !== undefined);
    return { mask, timeoutMs: given.length === 0 ? undefined : Math.min(...given), audits };
  };
}

/** The workflow bundle’s rules but for those that oblige. */
export function workflowJudge(data: CompanyData, rule: RuleFinder): Judge {
  const { turns_max, calls_in_a_row_max, tokens_max, age_seconds_max, identical_calls_max } =
    data.policy.workflow;
  const limitOf = (limits: Readonly<Record<string, number>>) => {
    const known = new Map(Object.entries(limits));
    const fallback = known.get('default') ?? Number.POSITIVE_INFINITY;
    return (scope: string) => known.get(scope) ?? fallback;
  };
  const turnsMax = limitOf(turns_max);
  const callsMax = limitOf(calls_in_a_row_max);
  const tokensMax = limitOf(tokens_max);
  const ageMax = limitOf(age_seconds_max);
  const turns = rule('workflow.turn_limit');
  const calls = rule('workflow.calls_in_a_row');
  const identical = rule('workflow.identical_calls');
  const tokens = rule('workflow.token_budget');
  const age = rule('workflow.session_age');
  const freeze = rule('workflow.change_freeze');
  return ({ agent: { scope }, action, context, environment }, found) => {
    if (context.turn_count > turnsMax(scope)) found.push(turns);
    if (context.tool_calls_in_a_row > callsMax(scope)) found.push(calls);
    if (context.identical_calls > identical_calls_max) found.push(identical);
    if (context.cumulative_tokens > tokensMax(scope)) found.push(tokens);
    if (context.session_age_seconds > ageMax(scope)) found.push(age);
    if (
      environment.is_production &&
      environment.flags.change_freeze === true &&
      action.effects.includes('destructive')
    )
      found.push(freeze);
  };
}
