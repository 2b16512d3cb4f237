import { join } from 'node:path';
import { z } from 'zod';
import { SourceFolder } from '../../../distribution/sources/folder.ts';
import type { EditableRelease } from './editable-release.ts';

/** What agents have to reach, by the lists of `capabilities`. */
export interface NeededCapabilities {
  readonly servers: readonly string[];
  /** As `<server>.<tool>`. */
  readonly tools: readonly string[];
  readonly data_classes: readonly string[];
}

/** What `capabilities` of the identity bundle lack, so that the kernel refuses calls as `outside_capabilities`. */
export interface LackingCapabilities extends NeededCapabilities {
  /** Where they stand, absolute; null where the identity bundle has no folder here. */
  readonly file: string | null;
}

const DATA = 'data.yaml';
const List = z.array(z.string()).catch([]);
const IdentityData = z.looseObject({
  capabilities: z
    .object({ servers: List, tools: List, data_classes: List })
    .catch({ servers: [], tools: [], data_classes: [] }),
});

/** Null where nothing lacks. Where the identity bundle’s data cannot be read, all of it does. */
export async function lackingCapabilities(
  { directory, manifest }: EditableRelease,
  needed: NeededCapabilities,
): Promise<LackingCapabilities | null> {
  const { identity } = manifest.bundles;
  const path = identity?.path;
  if (path === undefined) return { ...needed, file: null };
  const read = await new SourceFolder(directory).valid(join(path, DATA), IdentityData);
  const held = read.kind === 'read' ? read.value.value.capabilities : undefined;
  const lacking = (list: keyof NeededCapabilities) =>
    needed[list].filter((name) => !(held?.[list] ?? []).some((entry) => isWithin(entry, name)));
  const [servers, tools, data_classes] = [lacking('servers'), lacking('tools'), lacking('data_classes')];
  if (servers.length + tools.length + data_classes.length === 0) return null;
  return { file: join(directory, path, DATA), servers, tools, data_classes };
}

/** As the kernel reads an entry: exact, or a prefix where it ends in `*`. */
function isWithin(entry: string, name: string): boolean {
  return entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name;
}
