import { z } from 'zod';
import { ReleaseNote } from './release.ts';
import { CatalogueEntry, RuleKind } from './rule.ts';
import { JsonValue, Timestamp } from './values.ts';

/** One switch of what decides. */
export const Activation = z.strictObject({
  policy_version: z.string(),
  at: Timestamp,
  by: z.string(),
  reason: z.string(),
  kind: z.enum(['delivered', 'promoted', 'rolled_back', 'restored']),
});
export type Activation = z.infer<typeof Activation>;

/** One step of what became of a release. */
export const ReleaseStep = z.strictObject({
  at: Timestamp,
  by: z.string(),
  reason: z.string(),
  kind: z
    .enum([...Activation.shape.kind.options, 'watch', 'canary', 'stopped', 'joined', 'left'])
    .describe(
      '`watch` and `canary`: its trial came so far; `stopped`: its trial was ended; `joined`: a later change joined its trial, which went on as another release; `left`: somebody went from it to another; else as it came to decide.',
    ),
  to: z
    .string()
    .optional()
    .describe(
      'Of `left`: the release that decides in its place. Of `joined`: the one that is tried in its place.',
    ),
  from: z
    .string()
    .optional()
    .describe('Of `watch` and `canary`: the release whose trial went on with this one.'),
});
export type ReleaseStep = z.infer<typeof ReleaseStep>;

const history = z.array(ReleaseStep).default([]).describe('What became of it, oldest first.');

const revisions = z.record(z.string(), z.string()).describe('Bundle → revision.');

/** Releases that are kept, newest first. */
export const ReleaseList = z.strictObject({
  active: z.string().nullable(),
  releases: z.array(
    z.strictObject({
      policy_version: z.string(),
      at: Timestamp,
      author: z.string(),
      reason: z.string(),
      bundles: revisions,
      history,
    }),
  ),
});

/** One release that is kept. */
export const StoredReleaseDocument = z.strictObject({
  ...ReleaseNote.shape,
  history,
  rules: z.array(
    z.strictObject({
      id: z.string(),
      kind: RuleKind,
      mode: CatalogueEntry.shape.mode,
      title: z.string(),
      owner: z.string(),
    }),
  ),
});

const changes = z.array(
  z.strictObject({
    name: z.string(),
    from: z.string().nullable().describe('Null where it is added.'),
    to: z.string().nullable().describe('Null where it is removed.'),
  }),
);

/** What changes from one release to another. */
export const ReleaseDifference = z.strictObject({
  from: z.string(),
  to: z.string(),
  bundles: changes,
  rules: changes,
  agents: changes,
  tool_pins: changes,
  launches: changes,
  registrations: changes,
  keys: changes,
  overrides: changes,
  catalogue: changes,
});
export type ReleaseDifference = z.infer<typeof ReleaseDifference>;

const dataPath = z
  .string()
  .describe(
    'As `policy.compliance.rows_max`, below `data`. A key that is no plain name stands as JSON in brackets, an element of a list by its `id` or `name`, as `policy.overrides.overrides[id="o-1"].scope`.',
  );

/** One place of a release’s data that differs. Values are whole. */
export const DataDifference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('added'), path: dataPath, to: JsonValue }),
  z.strictObject({ kind: z.literal('removed'), path: dataPath, from: JsonValue }),
  z.strictObject({ kind: z.literal('changed'), path: dataPath, from: JsonValue, to: JsonValue }),
  z
    .strictObject({
      kind: z.literal('members'),
      path: dataPath,
      added: z.array(JsonValue),
      removed: z.array(JsonValue),
    })
    .describe('Of a list: which of its members came and went.'),
  z
    .strictObject({ kind: z.literal('reordered'), path: dataPath, from: JsonValue, to: JsonValue })
    .describe('A list has the same members in another order.'),
]);
export type DataDifference = z.infer<typeof DataDifference>;

/** One rule, function, default or import of a release’s Rego that differs, comments apart. */
export const RegoDifference = z.strictObject({
  what: z.string().describe('How it begins, as `deny contains "rows"`.'),
  rule: z.string().nullable().describe('Id of the rule that it is a body of; null for everything else.'),
  file: z.string().describe('As `compliance/compliance.rego`.'),
  from: z.string().nullable().describe('Its text; null where it is added.'),
  to: z.string().nullable().describe('Its text; null where it is removed.'),
});
export type RegoDifference = z.infer<typeof RegoDifference>;

const more = z.int().min(0).describe('Further changes, which are not listed.');

/** What changes from one release to another, and in what they are made of. */
export const ReleaseDifferenceDocument = z.strictObject({
  ...ReleaseDifference.shape,
  data: z
    .array(
      z.strictObject({
        part: z.string().describe('A bundle, `catalogue`, or `release` for what `release.yaml` says of all.'),
        changes: z.array(DataDifference),
        more,
      }),
    )
    .default([]),
  rego: z
    .array(
      z.strictObject({
        part: z.string().describe('A bundle, or `kernel`.'),
        changes: z.array(RegoDifference),
        more,
      }),
    )
    .default([]),
  not_compared: z
    .array(z.strictObject({ policy_version: z.string(), detail: z.string() }))
    .default([])
    .describe('Releases of which something is no longer stored, and what could not be compared for that.'),
});
export type ReleaseDifferenceDocument = z.infer<typeof ReleaseDifferenceDocument>;

const Held = z.strictObject({
  check: z
    .string()
    .describe(
      'What it did not pass, as `verify`, `compose`, `tests`, `corpus`; `withdrawn` where somebody took it back, `waiting` where it waits for the end of a trial.',
    ),
  since: Timestamp,
  detail: z.string(),
  findings: z.array(
    z.strictObject({
      file: z.string(),
      row: z.int(),
      code: z.string(),
      detail: z.string(),
      mend: z.string(),
    }),
  ),
});

const Denials = z.strictObject({ agents: z.int(), denied: z.int() });

/** How policy stands. */
export const ReleaseStatus = z.strictObject({
  active: z.string().nullable(),
  rollout: z.strictObject({
    trial: z
      .strictObject({
        policy_version: z.string(),
        stage: z.enum(['watch', 'canary']),
        since: Timestamp,
        calls: z.int(),
        differing: z.int(),
        errors: z.int(),
        errors_max: z.int(),
        denials: z.strictObject({ candidate: Denials, active: Denials }),
        halted: z.string().nullable(),
      })
      .nullable(),
    window: z
      .strictObject({
        policy_version: z.string(),
        previous: z.string(),
        until: Timestamp,
        errors: z.int(),
        errors_max: z.int(),
        halted: z.string().nullable(),
      })
      .nullable()
      .describe('While the active release may still be taken back by itself after errors.'),
    stopped: z
      .strictObject({ policy_version: z.string(), at: Timestamp, reason: z.string() })
      .nullable()
      .describe(
        'How the last trial was ended; null where what it tried decides all the same by now, or is tried again.',
      ),
  }),
  bundles: z.array(
    z.strictObject({
      name: z.string(),
      revision: z.string().nullable(),
      owners: z.array(z.string()),
      author: z.string(),
      source: z.string(),
      signed_by: z.string().nullable(),
      approved_by: z.array(z.string()),
      pull: z
        .strictObject({
          last_pull: z
            .strictObject({
              at: Timestamp,
              outcome: z.enum(['found', 'unchanged', 'failed']),
              detail: z.string(),
            })
            .nullable(),
          next_pull_at: Timestamp.nullable(),
          age_seconds: z.number().nullable(),
          stale: z.boolean(),
          from_disk: z.boolean(),
        })
        .nullable()
        .describe('Null for a bundle that lies in the policy folder.'),
      held: Held.nullable(),
    }),
  ),
  held: z.record(z.string(), Held).describe('By bundle; `release.yaml` stands for the registry itself.'),
  last_attempt: z
    .strictObject({
      at: Timestamp,
      checks: ReleaseNote.shape.preflight,
      objections: z.array(z.string()),
    })
    .nullable(),
  activations: z.array(Activation).describe('The latest, oldest first.'),
});
export type ReleaseStatus = z.infer<typeof ReleaseStatus>;
