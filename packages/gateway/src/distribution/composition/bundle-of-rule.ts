/** The bundle that a rule belongs to, by the rule’s full id: `teams/cx/workflow` of `teams.cx.workflow.hours`. */
export function bundleOfRule(ruleId: string): string {
  return ruleId.split('.').slice(0, -1).join('/');
}
