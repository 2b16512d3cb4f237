import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { PackageManifest } from '../../packages/contract/src/index.ts';
import { type LocalLaunch, localLaunch } from './local-launch.ts';
import { type Place, TRIED } from './tried-servers.ts';

export const SHIPPED = fileURLToPath(new URL('../../policies/servers', import.meta.url));
const RECORDED = fileURLToPath(new URL('recorded', import.meta.url));
const POLICY = fileURLToPath(new URL('../front-door/policy', import.meta.url));

/** A policy folder in which one agent is granted everything, so that what is refused is refused by the servers’ packages. */
export async function writeCompany(policy: string, packages = 'packages/*'): Promise<void> {
  await cp(POLICY, policy, { recursive: true });
  const release = {
    name: 'ready',
    version: '1.0.0',
    catalogue: 'catalogue.yaml',
    bundles: { identity: { path: 'identity' }, resource: { path: 'resource' } },
    packages: [packages],
  };
  await writeFile(join(policy, 'release.yaml'), stringify(release));
  const classes = { public: { title: 'Public' }, internal: { title: 'Internal' } };
  const catalogue = { data_classes: classes, regions: {}, servers: {} };
  await writeFile(join(policy, 'catalogue.yaml'), stringify(catalogue));
  await mkdir(join(policy, 'packages'));
}

/** What the package of a server says of its tools, as the catalogue has it. */
export interface ShippedServer {
  readonly name: string;
  readonly manifest: Extract<PackageManifest, { kind: 'server' }>;
  /** Its bundle’s data. */
  readonly settings: { readonly tools: Readonly<Record<string, string>> };
  /** The text of its rules. */
  readonly rules: string;
}

export async function shippedServer(name: string): Promise<ShippedServer> {
  const text = (path: string) => readFile(join(SHIPPED, name, path), 'utf8');
  const manifest = PackageManifest.parse(parse(await text('bailiff.package.yaml')));
  if (manifest.kind !== 'server') throw new Error(`${name} is no server’s package`);
  const { settings } = parse(await text('bundle/data.yaml'));
  return { name, manifest, settings, rules: await text(`bundle/${name}.rego`) };
}

/** What a server says of one of its tools, as far as it matters here. */
const ListedTool = z.strictObject({
  name: z.string(),
  isReadOnly: z.boolean(),
  arguments: z.array(z.string()),
});
export type ListedTool = z.infer<typeof ListedTool>;

/** What was recorded of a server that no registry of this machine may have. */
export async function recordedTools(name: string): Promise<readonly ListedTool[] | undefined> {
  const text = await readFile(join(RECORDED, `${name}.yaml`), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : z.array(ListedTool).parse(parse(text));
}

/** A server as it is started in the test. */
export interface StartedHere {
  readonly local: LocalLaunch;
  readonly env: Readonly<Record<string, string>>;
}

/** Puts the package into the company’s policy, launched from what is installed here and configured for the test. */
export async function takePackage(
  { name, manifest, settings }: ShippedServer,
  policy: string,
  place: Place,
): Promise<StartedHere> {
  const target = join(policy, 'packages', name);
  await cp(join(SHIPPED, name), target, { recursive: true });
  const { server } = manifest;
  if (server?.transport !== 'stdio') throw new Error(`${name} is not started by the gateway`);
  const tried = TRIED[name];
  const replaced = tried?.replaced?.(place) ?? {};
  const here = (word: string) => replaced[word] ?? word;
  const local = await localLaunch({
    command: server.command,
    args: [...server.args.map(here), ...(tried?.moreArgs ?? [])],
  });
  // No credential is needed to list tools, and none is sent: such calls are decided only.
  const env = Object.fromEntries(
    Object.entries(server.env).map(([key, value]) => [key, typeof value === 'string' ? here(value) : 'none']),
  );
  const launch = local.kind === 'found' ? local.launch : {};
  const configured = { ...manifest, server: { ...server, ...launch, env } };
  await writeFile(join(target, 'bailiff.package.yaml'), stringify(configured));
  const laid = laidOver(settings, tried?.settings?.(place) ?? {});
  await writeFile(join(target, 'bundle/data.yaml'), stringify({ settings: laid }));
  return { local, env };
}

/** The first with the second laid over it: of `tools` entry by entry, all else whole. */
function laidOver({ tools, ...rest }: ShippedServer['settings'], more: { readonly tools?: object }): object {
  return { ...rest, ...more, tools: { ...tools, ...more.tools } };
}
