import { z } from 'zod';
import { Rollout } from './bundle-registry.ts';
import { CODE_PATTERN, JsonValue, Name, Severity } from './values.ts';

/** What a rule set adds to: an objection, a demand, a grant, a condition met, or a duty. */
export const RuleKind = z.enum(['deny', 'require_approval', 'allow', 'affirm', 'oblige']);
export type RuleKind = z.infer<typeof RuleKind>;

/** `canary`: enforced for some agents, watched for all others. `watch`: evaluated and recorded without effect. `off`: not evaluated. */
export const RuleMode = z.enum(['enforce', 'canary', 'watch', 'off']);

const OfRelease = Rollout.shape.canary.unwrap().shape;

/** For whose calls a rule is enforced: the words of a release’s canary, and the same agents. */
export const RuleCanary = z
  .strictObject({
    share: OfRelease.share.unwrap().optional().describe('Share of agents, by a digest of their ids.'),
    teams: OfRelease.teams.unwrap().optional().describe('Teams whose agents are all in it.'),
  })
  .refine(({ share, teams = [] }) => share !== undefined || teams.length > 0, 'Say `share`, `teams`, or both')
  .describe(
    'With `mode: canary`: for whose calls the rule is enforced. At least one of `share` and `teams`.',
  );
export type RuleCanary = z.infer<typeof RuleCanary>;

/** A change that the rule's owner believes would help; shown only after it was decided again to allow. */
export const Suggestion = z.strictObject({
  change: z
    .record(z.string().regex(/^action\.[a-z_]+(\.[A-Za-z0-9_-]+)*$/), JsonValue)
    .describe('Dotted path below the input, to its new value, as `action.args.rows: 50`.'),
});
export type Suggestion = z.infer<typeof Suggestion>;

/** What a rule's owner writes under `custom:` in its METADATA. */
export const RuleAnnotation = z.strictObject({
  id: Name.optional().describe('Only where the rule’s head does not name it.'),
  owner: z.string().min(1).describe('The team that answers for the rule.'),
  reason: z.string().regex(CODE_PATTERN).describe('Stable code that agents and queries see.'),
  message: z.string().min(1).optional().describe('For people. Default: the title. Never argument values.'),
  remediation: z
    .string()
    .regex(CODE_PATTERN)
    .optional()
    .describe('Stable code of what the caller may do about it.'),
  suggest: z.array(Suggestion).max(4).default([]),
  severity: Severity.default('medium'),
  overridable: z.boolean().default(false).describe('Whether a named, expiring override may lift it.'),
  approvers: z.array(z.string().min(1)).default([]).describe('Groups whose members may approve.'),
  appeal_path: z.string().default('').describe('Where a person may ask for a change.'),
  controls: z.array(z.string().min(1)).default([]).describe('Clauses of laws and standards, as `GDPR-44`.'),
  mode: RuleMode.default('enforce'),
  canary: RuleCanary.optional(),
  watch_until: z.iso.date().optional(),
  when_missing: z
    .enum(['silent', 'handled_elsewhere'])
    .optional()
    .describe(
      'What is meant where an argument or a key of a table that the rule compares is missing, so that it does not fire: `silent`, it has no objection; `handled_elsewhere`, another rule refuses such a call. `./bailiff policy check` asks for it; nothing is decided by it.',
    ),
  audit: z
    .strictObject({ level: z.enum(['basic', 'full']), retention_days: z.int().min(1).max(3_650) })
    .optional()
    .describe('Asks that a decision this rule took part in is kept, and how.'),
});
export type RuleAnnotation = z.infer<typeof RuleAnnotation>;

/** What a bundle may say of a rule that it takes from the library, in place of what the library says. */
const SaidOfRule = z.strictObject({
  owner: z.string().min(1).optional().describe('The team that answers for it. Default: the bundle’s owner.'),
  approvers: z
    .array(z.string().min(1))
    .optional()
    .describe('Groups whose members may approve, where it asks for approval.'),
  suggest: z.array(Suggestion).max(4).optional(),
  appeal_path: z.string().optional(),
  severity: Severity.optional(),
  overridable: z.boolean().optional(),
  controls: z.array(z.string().min(1)).optional().describe('Clauses beside those that the library names.'),
  mode: RuleMode.optional(),
  canary: RuleCanary.optional(),
  watch_until: z.iso.date().optional(),
});

/** What a bundle says of a folder of rules that it takes from the library: of all of them, and of each by its id. */
export const TakenRule = z.strictObject({
  ...SaidOfRule.shape,
  rules: z
    .record(Name, SaidOfRule)
    .optional()
    .describe('Id of one of the folder’s rules → what is said of it alone.'),
});
export type TakenRule = z.infer<typeof TakenRule>;

/** Where a rule stands in its bundle’s source. */
export const Location = z.strictObject({ file: z.string(), row: z.int().min(1) });
export type Location = z.infer<typeof Location>;

/** One rule as the release knows it: its METADATA, completed, and what it reads. */
export const CatalogueEntry = z.strictObject({
  ...RuleAnnotation.omit({ id: true, canary: true }).shape,
  canary: z
    .strictObject({ share: z.number().min(0).max(1), teams: z.array(z.string().min(1)) })
    .optional()
    .describe('For whose calls it is enforced; only with `mode: canary`.'),
  kind: RuleKind,
  title: z.string().min(1),
  description: z.string(),
  message: z.string().min(1),
  remediation: z.string().describe('Empty when the rule names none.'),
  watch_until: z.string().describe('Empty when the rule names none.'),
  reads: z
    .array(z.string())
    .describe('Input and data paths that decide it, as `input.action.args.rows`; `input` means everything.'),
  location: Location,
});
export type CatalogueEntry = z.infer<typeof CatalogueEntry>;
