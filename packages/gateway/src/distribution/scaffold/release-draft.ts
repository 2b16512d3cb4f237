import { bundleDraft, FIRST_VERSION } from './bundle-draft.ts';
import { type DraftFile, namesOf } from './draft.ts';
import { flowText, keyText } from './flow-text.ts';
import { identityDraft } from './kinds/identity.ts';
import { resourceDraft } from './kinds/resource.ts';

const IDENTITY = { kind: 'category', category: 'identity' } as const;
const RESOURCE = { kind: 'category', category: 'resource' } as const;

/** The server that a first configuration starts, and the tool of it that a first policy opens. */
const SERVER = 'everything';
const TOOL = 'everything.echo';

/**
 * A policy folder to begin with: one agent, one user, one tool of MCP’s reference server, and who is responsible for each bundle.
 * It builds, and decides a call of that tool.
 */
export function releaseDraft({
  name,
  owner,
}: {
  readonly name: string;
  readonly owner: string;
}): DraftFile[] {
  const within = (folder: string, files: readonly DraftFile[]) =>
    files.map(({ path, text }) => ({ path: `${folder}/${path}`, text }));
  const identity = identityDraft(namesOf(IDENTITY), {
    agents: { helper: { scope: 'helping', owner_team: owner, versions: [], status: 'active' } },
    users: {
      ada: { kind: 'human', groups: [], data_classifications_authorized: ['public'], status: 'active' },
    },
    servers: [SERVER],
    tools: [TOOL],
    dataClasses: ['public'],
  });
  const resource = resourceDraft(namesOf(RESOURCE), { grants: { helping: [TOOL] } });
  return [
    { path: 'release.yaml', text: manifestText(name, owner) },
    { path: 'catalogue.yaml', text: CATALOGUE },
    ...within('identity', bundleDraft({ name: 'identity', subject: IDENTITY, owner }, identity)),
    ...within('resource', bundleDraft({ name: 'resource', subject: RESOURCE, owner }, resource)),
  ];
}

/** A configuration for a policy folder beside it, of this name. */
export function configurationDraft(folder: string): DraftFile {
  return {
    path: 'bailiff.yaml',
    text: `# The gateway. docs/reference/configuration.md lists every key.
policy: ${flowText({ directory: folder })}
environment: { region: here }
identity: { development_issuer: true } # tokens by \`./bailiff token\`; never in production
servers:
  # MCP's reference server; put yours beside it.
  ${SERVER}:
    transport: stdio
    command: npx
    args: [-y, "@modelcontextprotocol/server-everything", stdio]
    region: here
`,
  };
}

function manifestText(name: string, owner: string): string {
  const row = (bundle: string) => `  ${bundle}: ${flowText({ path: bundle, owners: [owner] })}
`;
  return `# What is composed into one release: these bundles and the catalogue, switched and rolled back as one.
name: ${keyText(name)}
version: ${FIRST_VERSION}
catalogue: catalogue.yaml
bundles:
${row('identity')}${row('resource')}# Servers that are governed by the categories alone, until a bundle \`servers/<name>\` is registered for them.
servers_without_bundle: [${SERVER}]
`;
}

const CATALOGUE = `# What your servers, tools, resources and models do and touch. What is not listed counts as everything at once: it
# reads, writes, destroys and reaches outside, with a high blast radius.
data_classes:
  public: { title: Public }
regions:
  here: { title: This machine }
servers:
  ${SERVER}:
    title: MCP's reference server
    tools:
      echo: { effects: [read], blast_radius: low }
`;
