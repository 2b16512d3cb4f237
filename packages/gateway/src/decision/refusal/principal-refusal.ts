import { type Answer, type Denial, KERNEL_REASONS, type Release, type ReleaseRule } from '@bailiff/contract';
import { decisiveRules, kernelReasons, mayPass } from './decisive-rules.ts';
import { readsPrincipalOnly } from './rule-reads.ts';

/**
 * The part of a denial that refuses the principal as such: by its agent’s version, or by rules that look at agent, user, session
 * and environment alone. It is the same for every tool, existing or not, so that saying it tells nothing of any tool. Undefined
 * when nothing of the kind decided.
 */
export function principalRefusal(answer: Answer, release: Release): Denial | undefined {
  if (answer.outcome !== 'deny') return undefined;
  const decisive = decisiveRules(answer, release).filter(readsPrincipalOnly);
  const [first] = decisive;
  const otherVersion = kernelReasons(answer).includes(OTHER_VERSION);
  if (first === undefined && !otherVersion) return undefined;
  const ids = new Set(decisive.map(({ id }) => id));
  const { remediation: _, ...rest } = answer;
  return {
    ...rest,
    reasons: [
      ...new Set([...(otherVersion ? [OTHER_VERSION] : []), ...decisive.map(({ reason }) => reason)]),
    ],
    message: otherVersion || first === undefined ? KERNEL_REASONS[OTHER_VERSION] : first.message,
    ...(otherVersion || !first?.remediation ? {} : { remediation: first.remediation }),
    alternatives: [],
    retryable: !otherVersion && mayPass(answer, decisive),
    denied_scope: 'this_agent',
    metadata: {
      ...answer.metadata,
      matched_rules: answer.metadata.matched_rules.filter((id) => ids.has(id)),
      rules: answer.metadata.rules.filter(({ rule }) => ids.has(rule)),
      watched_rules: [],
      overrides: [],
      resolution: otherVersion || decisive.some(({ overridable }) => !overridable) ? 2 : 3,
      ...auditOf(decisive, release),
      appeal_path: decisive.find(({ appeal_path }) => appeal_path !== '')?.appeal_path ?? '',
    },
  };
}

const OTHER_VERSION = 'agent_version_not_in_release';

/** As the kernel works it out, over these rules alone. */
function auditOf(
  rules: readonly ReleaseRule[],
  release: Release,
): Pick<Answer['metadata'], 'audit' | 'audit_required'> {
  const wishes = rules.flatMap(({ audit }) => audit ?? []);
  const all = [release.data.audit, ...wishes];
  return {
    audit_required:
      wishes.length > 0 ||
      release.data.audit.level === 'full' ||
      rules.some(({ severity }) => severity === 'high' || severity === 'critical'),
    audit: {
      level: all.some(({ level }) => level === 'full') ? 'full' : 'basic',
      retention_days: Math.max(...all.map(({ retention_days }) => retention_days)),
      controls: [...new Set(rules.flatMap(({ controls }) => controls))].sort(),
    },
  };
}
