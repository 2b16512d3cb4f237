import { z } from 'zod';
import { BundleOrigin } from './bundle-registry.ts';
import { BlastRadius, Effect, Name } from './values.ts';

/** The server whose tools are subagents: an agent runtime that is configured under this name. */
export const AGENTS_SERVER = 'agents';

/** Which argument values name which data classes: argument → value → classes. `*` stands for any other value. */
export const ArgumentClasses = z.record(z.string(), z.record(z.string(), z.array(z.string())));

const touched = {
  title: z.string().min(1).optional(),
  effects: z.array(Effect).min(1),
  blast_radius: BlastRadius,
  data_classes: z
    .array(z.string())
    .default([])
    .describe('Classes that a call references, whatever its arguments.'),
  returns: z.array(z.string()).default([]).describe('Classes that an answer is declared to hold.'),
};

export const CatalogueTool = z.strictObject({
  ...touched,
  argument_classes: ArgumentClasses.default({}),
});
export type CatalogueTool = z.infer<typeof CatalogueTool>;

/** Resources are matched by exact URI, or by prefix where the URI ends in `*`. The longest match wins. */
export const CatalogueResource = z.strictObject({ ...touched, uri: z.string().min(1) });

export const CatalogueServer = z.strictObject({
  title: z.string().min(1),
  data_classes: z
    .array(z.string())
    .default([])
    .describe('Classes of any tool or resource that is not listed.'),
  tools: z.record(z.string(), CatalogueTool).default({}),
  resources: z.array(CatalogueResource).default([]),
  bundle: z
    .union([
      z.strictObject({ path: z.string().min(1).describe('Folder, relative to `release.yaml`.') }),
      BundleOrigin,
    ])
    .optional()
    .describe(
      'Where the server’s bundle comes from, where `release.yaml` does not say it. What it may do and who signs it stands there all the same. No part of what policy sees.',
    ),
});

export const CatalogueModel = z.strictObject({
  title: z.string().min(1),
  provider: z.string().min(1),
  region: z.string().min(1),
  blast_radius: BlastRadius.default('low'),
});

/** An agent that others hand tasks to: a tool of the server `agents`, governed by its own bundle `subagents/<name>`. */
export const CatalogueSubagent = z.strictObject({
  ...CatalogueTool.shape,
  provider: z.string().min(1).optional().describe('Who runs it; what the server `agents` says when absent.'),
  region: z.string().min(1).optional().describe('Where it runs; what the server `agents` says when absent.'),
});
export type CatalogueSubagent = z.infer<typeof CatalogueSubagent>;

/**
 * What the company’s servers, tools, resources, models and subagents do and touch. Part of a release, as `data.catalogue`, so
 * that it is switched and rolled back with the policies that rely on it.
 */
export const Catalogue = z.strictObject({
  data_classes: z.record(z.string(), z.strictObject({ title: z.string().min(1) })),
  regions: z.record(z.string(), z.strictObject({ title: z.string().min(1) })),
  servers: z.record(z.string(), CatalogueServer),
  models: z.record(z.string(), CatalogueModel).default({}),
  subagents: z
    .record(Name, CatalogueSubagent)
    .default({})
    .describe(
      'Agents that others hand tasks to, by the names of their tools at the server `agents`. One that is not listed is out of reach.',
    ),
});
export type Catalogue = z.infer<typeof Catalogue>;

/** Who is registered: data of the identity bundle (`data.policy.identity.agents`, `.users`), read by the gateway too. */
export const Directory = z.object({
  agents: z.record(
    z.string(),
    z.strictObject({
      scope: z.string().min(1),
      owner_team: z.string().min(1),
      versions: z.array(z.string()).default([]).describe('Versions that may act; empty means any.'),
      status: z.enum(['active', 'disabled']).default('active'),
    }),
  ),
  users: z.record(
    z.string(),
    z.strictObject({
      kind: z.enum(['human', 'service']),
      groups: z.array(z.string()).default([]),
      data_classifications_authorized: z.array(z.string()).default([]),
      status: z.enum(['active', 'disabled']).default('active'),
    }),
  ),
});
export type Directory = z.infer<typeof Directory>;
