import { type ActiveOverride, type CatalogueEntry, OVERRIDE_LIMITS, Override } from '@bailiff/contract';
import { compare } from '../finding.ts';
import { personOf } from '../parts/signing/person-of.ts';
import { complaintsOf, type SourceDocument, valueAt } from '../sources/document.ts';
import { judgeByCaps, type OverrideCaps } from './override-caps.ts';

/** An override that was dropped: it lifts nothing until somebody mends it. */
export interface OverrideAlarm {
  /** The override’s id; its position in the list where it has none. */
  readonly id: string;
  readonly reason: string;
  readonly file: string;
  readonly row: number;
}

/** The overrides of a release that hold, by id, and the others. */
export interface JudgedOverrides {
  readonly active: readonly ActiveOverride[];
  readonly alarms: readonly OverrideAlarm[];
}

/** What a rule of no category of `OVERRIDE_LIMITS` asks of an override. */
const OTHER_LIMITS = { lifetimeDaysMax: 30, approversMin: 1 } as const;
const DAY_MS = 86_400_000;
const KEY = 'overrides';

/**
 * Judges `overrides` in the data of the bundle of that name against the rules of the release, by full id, and against the
 * caps of the bundles that these belong to. The clock has no say in it, so that the same sources always give the same
 * release: the kernel looks at the time of each call.
 */
export function judgeOverrides(
  document: SourceDocument | undefined,
  rules: ReadonlyMap<string, CatalogueEntry>,
  caps: OverrideCaps = {},
): JudgedOverrides {
  const listed = document === undefined ? undefined : valueAt(document.value, [KEY]);
  if (document === undefined || listed === undefined) return { active: [], alarms: [] };
  const whole: { readonly override: Override; readonly position: number }[] = [];
  const alarms: OverrideAlarm[] = [];
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const ids = entries.map((entry) => String((entry as { id?: unknown } | null)?.id ?? ''));
  const alarm = (id: string, reason: string, position: number | undefined) => {
    const row = document.rowOf(position === undefined ? [KEY] : [KEY, position]);
    alarms.push({ id, reason, file: document.file, row });
  };

  if (!Array.isArray(listed)) alarm(KEY, 'The overrides are not a list, so none holds.', undefined);
  for (const [position, entry] of entries.entries()) {
    const id = ids[position] || `${KEY}[${position}]`;
    const parsed = Override.safeParse(entry);
    if (!parsed.success) {
      alarm(
        id,
        complaintsOf(parsed.error)
          .map(({ detail }) => detail)
          .join(' '),
        position,
      );
    } else if (ids.indexOf(id) !== ids.lastIndexOf(id)) {
      alarm(id, 'Another override has the same id, so neither holds.', position);
    } else {
      const reasons = objectionsTo(parsed.data, rules);
      if (reasons.length > 0) alarm(id, reasons.join(' '), position);
      else whole.push({ override: parsed.data, position });
    }
  }
  const verdicts = judgeByCaps(
    whole.map(({ override }) => ({ override, ...approvalsOf(override) })),
    rules,
    caps,
  );
  const active = whole.flatMap(({ override, position }): ActiveOverride[] => {
    const verdict = verdicts.get(override.id);
    if (verdict?.kind === 'dropped') alarm(override.id, verdict.reason, position);
    if (verdict === undefined || verdict.kind === 'dropped') return [];
    return [{ ...activeOverride(override), ...(verdict.kind === 'over_cap' && { over_cap: true }) }];
  });
  return { active: active.sort((a, b) => compare(a.id, b.id)), alarms };
}

function objectionsTo(override: Override, rules: ReadonlyMap<string, CatalogueEntry>): string[] {
  const objections: string[] = [];
  for (const id of override.lifts) {
    const rule = rules.get(id);
    if (rule === undefined) objections.push(`There is no rule \`${id}\`.`);
    else if (rule.kind !== 'deny') objections.push(`\`${id}\` is no objection.`);
    else if (!rule.overridable) objections.push(`\`${id}\` may not be lifted.`);
  }
  const lifetimeDaysMax = Math.min(...limitsOf(override).map((limit) => limit.lifetimeDaysMax));
  const { approvers, approversMin } = approvalsOf(override);
  if (override.approved_by.map(personOf).includes(personOf(override.requested_by))) {
    objections.push(`\`${override.requested_by}\` may not approve what they asked for.`);
  }
  if (approvers < approversMin) {
    objections.push(`It needs ${approversMin} different approvers and has ${approvers}.`);
  }
  const lifetimeMs = Date.parse(override.expires_at) - Date.parse(override.not_before);
  if (lifetimeMs <= 0) objections.push('It ends before it begins.');
  if (lifetimeMs > lifetimeDaysMax * DAY_MS) objections.push(`It may last at most ${lifetimeDaysMax} days.`);
  if (override.justification.trim().length < 30) objections.push('Its justification says too little.');
  return objections;
}

function limitsOf({ lifts }: Override) {
  return lifts.map((id) => OVERRIDE_LIMITS[categoryOf(id)] ?? OTHER_LIMITS);
}

/** How many different people approved, and how many have to. */
function approvalsOf(override: Override): { readonly approvers: number; readonly approversMin: number } {
  return {
    approvers: new Set(override.approved_by.map(personOf)).size,
    approversMin: Math.max(...limitsOf(override).map((limit) => limit.approversMin)),
  };
}

/** The category whose limits hold: that of a team’s own part too. */
function categoryOf(ruleId: string): string {
  const segments = ruleId.split('.');
  return (segments[0] === 'teams' ? segments[2] : segments[0]) ?? '';
}

function activeOverride(override: Override): ActiveOverride {
  const secondsOf = (time: string) => Math.max(0, Date.parse(time) / 1_000);
  return {
    ...override,
    lifts: [...new Set(override.lifts)].sort(compare),
    // Whole seconds that lie within what was approved.
    not_before: Math.ceil(secondsOf(override.not_before)),
    expires_at: Math.floor(secondsOf(override.expires_at)),
  };
}
