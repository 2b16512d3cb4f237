import type { Answer, Denial, Release, ReleaseRule } from '@bailiff/contract';
import { decisiveRules, mayPass } from './decisive-rules.ts';
import { readsPrincipalOnly } from './rule-reads.ts';

/**
 * The part of a denial that refuses the principal as such: by rules that look at agent, user, session and environment alone.
 * It is the same for every tool, existing or not, so that saying it tells nothing of any tool. Undefined when no
 * such rule decided.
 */
export function principalRefusal(answer: Answer, release: Release): Denial | undefined {
  if (answer.outcome !== 'deny') return undefined;
  const decisive = decisiveRules(answer, release).filter(readsPrincipalOnly);
  const [first] = decisive;
  if (first === undefined) return undefined;
  const ids = new Set(decisive.map(({ id }) => id));
  const { remediation: _, ...rest } = answer;
  return {
    ...rest,
    reasons: [...new Set(decisive.map(({ reason }) => reason))],
    message: first.message,
    ...(first.remediation === '' ? {} : { remediation: first.remediation }),
    alternatives: [],
    retryable: mayPass(answer, decisive),
    denied_scope: 'this_agent',
    metadata: {
      ...answer.metadata,
      matched_rules: answer.metadata.matched_rules.filter((id) => ids.has(id)),
      rules: answer.metadata.rules.filter(({ rule }) => ids.has(rule)),
      watched_rules: [],
      overrides: [],
      resolution: decisive.some(({ overridable }) => !overridable) ? 2 : 3,
      ...auditOf(decisive, release),
      appeal_path: decisive.find(({ appeal_path }) => appeal_path !== '')?.appeal_path ?? '',
    },
  };
}

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
