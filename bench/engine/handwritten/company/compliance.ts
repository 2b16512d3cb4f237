import type { Input } from '@bailiff/contract';
import { type Audit, type CompanyData, limitOf, type Rule } from './facts.ts';
import type { Judge, RuleFinder } from './identity.ts';

/** The compliance bundle’s rules but for those that oblige. */
export function complianceJudge(data: CompanyData, rule: RuleFinder): Judge {
  const { open_classes, confined_classes, library } = data.policy.compliance;
  const regions = new Map(Object.entries(library.data_residency.regions));
  const { models, unlisted_models } = library.models_by_class;
  const listed = new Map(Object.entries(models).filter(([model]) => model !== 'default'));
  const userData = rule('compliance.user_data_access');
  const userClass = rule('compliance.user_class_access');
  const authorized = rule('compliance.data_class_authorized');
  const leaves = rule('compliance.seen_data_leaves');
  const unlisted = rule('compliance.models_by_class_unlisted');
  const notApproved = rule('compliance.models_by_class');
  const elsewhere = rule('compliance.data_residency');
  const mayBeIn = (one: string, region: string) => {
    const allowed = regions.get(one);
    if (allowed === undefined) return false;
    return allowed.includes(region) || (allowed.includes('*') && region !== '' && region !== 'unknown');
  };
  return ({ action, user, context }, found) => {
    const classes = action.data_classes_referenced;
    const cleared = user.data_classifications_authorized;
    if (action.type === 'model_call') {
      const known = listed.get(action.model);
      if (known === undefined && !unlisted_models) found.push(unlisted);
      const approved = known ?? models.default;
      if (classes.some((one) => !approved.includes(one))) found.push(notApproved);
    } else if (
      action.effects.includes('external') &&
      context.data_classes_seen.some((one) => confined_classes.includes(one))
    )
      found.push(leaves);
    if (classes.length === 0) return;
    if (classes.some((one) => !mayBeIn(one, action.region))) found.push(elsewhere);
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

/**
 * The rules that oblige.
 * @throws {Error} where the company configures what is not written for: duties that it leaves off.
 */
export function dutiesOf(
  data: CompanyData,
  rule: RuleFinder,
): (
  action: Pick<Input['action'], 'tool' | 'blast_radius' | 'data_classes_referenced'>,
  found: Rule[],
) => Duties {
  const { radii_ms, tools_ms } = data.policy.workflow.library.timeout_duty;
  const { mask_duty, retention } = data.policy.compliance.library;
  if (Object.keys(mask_duty.fields).length + Object.keys(retention.scopes).length + retention.floor_days > 0)
    throw new Error('The handwritten policy masks by tool and keeps records by data class alone.');
  const masked = new Map(Object.entries(mask_duty.tools));
  const kept = new Map(Object.entries(retention.classes));
  const ofRadius = new Map(Object.entries(radii_ms));
  const ofTool = new Map(Object.entries(tools_ms));
  const masking = rule('compliance.mask_duty_tools');
  const keeping = rule('compliance.retention_classes');
  const callTimeout = rule('workflow.timeout_duty');
  const toolTimeout = rule('workflow.timeout_duty_tools');
  return ({ tool, blast_radius, data_classes_referenced }, found) => {
    const mask = masked.get(tool);
    if (mask !== undefined) found.push(masking);
    const audits: Audit[] = [];
    for (const one of data_classes_referenced) {
      const retention_days = kept.get(one);
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
  const { library } = data.policy.workflow;
  const turnsMax = limitOf(library.turn_ceiling.max);
  const callsMax = limitOf(library.calls_in_a_row.max);
  const identicalMax = limitOf(library.identical_calls.max);
  const tokensMax = limitOf(library.token_ceiling.max);
  const ageMax = limitOf(library.session_age.max_seconds);
  const { flags, effects, exempt_scopes } = library.change_freeze;
  const turns = rule('workflow.turn_ceiling');
  const calls = rule('workflow.calls_in_a_row');
  const identical = rule('workflow.identical_calls');
  const tokens = rule('workflow.token_ceiling');
  const age = rule('workflow.session_age');
  const freeze = rule('workflow.change_freeze');
  return ({ agent: { scope }, action, context, environment }, found) => {
    if (context.turn_count > turnsMax(scope)) found.push(turns);
    if (context.tool_calls_in_a_row > callsMax(scope)) found.push(calls);
    if (context.identical_calls > identicalMax(scope)) found.push(identical);
    if (context.cumulative_tokens > tokensMax(scope)) found.push(tokens);
    if (context.session_age_seconds > ageMax(scope)) found.push(age);
    if (
      environment.is_production &&
      flags.some((flag) => environment.flags[flag] === true) &&
      action.effects.some((effect) => effects.includes(effect)) &&
      !exempt_scopes.includes(scope)
    )
      found.push(freeze);
  };
}
