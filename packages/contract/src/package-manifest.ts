import { z } from 'zod';
import { CatalogueServer, CatalogueSubagent, Directory } from './catalogue.ts';
import { ServerConfiguration, ServerName } from './configuration.ts';
import { Digest, Name } from './values.ts';

const version = z.string().regex(/^\d+\.\d+\.\d+$/, 'Write a version as 1.4.0');

const every = {
  version: version.describe('Version of the whole: what is launched, its policy and its tests.'),
  owner: z.string().min(1).describe('Who answers for it.'),
  description: z.string().default(''),
  bundle: z
    .string()
    .max(200)
    .regex(
      /^(?!\/)(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\]+$/,
      'Name a folder inside the package, as `bundle` or `policy/weather`',
    )
    .default('bundle')
    .describe('Folder of its policy and tests, inside the package.'),
};

/** A server as one thing to ship: how it is launched, what it does, its policy and tests. */
export const ServerPackage = z.strictObject({
  kind: z.literal('server'),
  name: ServerName.describe('Name of the server. Its bundle is `servers/<name>`.'),
  ...every,
  server: ServerConfiguration.optional().describe(
    'What it is launched from or reached at: package and version, image digest or URL. Its `cwd` is relative to the package. When absent, `release.yaml` or the configuration says it.',
  ),
  catalogue: CatalogueServer.omit({ bundle: true }).describe('What its tools and resources do and touch.'),
  tool_pins: z
    .record(z.string(), Digest)
    .optional()
    .describe(
      'Tool → SHA-256 of its definition as it was approved; when absent, its tools are not pinned here.',
    ),
});
export type ServerPackage = z.infer<typeof ServerPackage>;

const RegisteredAgent = Directory.shape.agents.valueType;

/** An agent as one thing to ship: its registration and, where others hand it tasks, what it may be asked. */
export const AgentPackage = z.strictObject({
  kind: z.literal('agent'),
  name: z.string().min(1).max(128).describe('Id of the agent, as credentials name it.'),
  ...every,
  agent: z
    .strictObject({
      ...RegisteredAgent.shape,
      versions: z
        .array(z.string().min(1))
        .default([])
        .describe('Versions that may act beside the package’s own, as while one replaces the other.'),
    })
    .describe('Its entry in the directory. No version but those of the release may act.'),
  subagent: z
    .strictObject({
      ...CatalogueSubagent.shape,
      name: Name.describe('Its tool at the server `agents`. Its bundle is `subagents/<name>`.'),
    })
    .optional()
    .describe(
      'Where others hand it tasks: what that does and touches. Without it the package has no bundle.',
    ),
});
export type AgentPackage = z.infer<typeof AgentPackage>;

/** `bailiff.package.yaml`: an agent or a server with its policy and tests as one thing to ship. */
export const PackageManifest = z.discriminatedUnion('kind', [ServerPackage, AgentPackage]);
export type PackageManifest = z.infer<typeof PackageManifest>;
