import { readFile, stat } from 'node:fs/promises';
import { Failure, itemSpans, memberSpans } from '@bailiff/contract';
import type { LoadedConfiguration } from '../../../config.ts';
import type { ListedTool } from '../../../distribution/scaffold/server/tool-access.ts';
import { isObject } from '../../../distribution/sources/document.ts';
import { definitionOf } from '../../../enforcement/upstream/pins/tool-definition.ts';
import { shown } from '../../tools/hidden-characters.ts';
import { PinsFile } from '../../tools/pins-file.ts';
import { listTools } from '../../tools/server-tools.ts';

/** The tools that a configured server, or one of the release, lists now. @throws Failure `not_found`, or `upstream_*` when it cannot be asked. */
export async function toolsOfServer(
  server: string,
  { configuration, file }: LoadedConfiguration,
  directory: string,
): Promise<readonly ListedTool[]> {
  const released = (await PinsFile.read(directory)).servers;
  const servers = new Map([...Object.entries(released), ...Object.entries(configuration.servers)]);
  const settings = servers.get(server);
  if (settings === undefined) {
    const known = [...servers.keys()].sort();
    const others = known.length === 0 ? 'Neither names one.' : `They name ${known.join(', ')}.`;
    throw new Failure(
      'not_found',
      `There is no server ${shown(server)} in ${file} or in release.yaml. ${others}`,
    );
  }
  const places = { dataDirectory: configuration.data_dir, policyDirectory: directory };
  return await listTools(server, settings, places);
}

/** Longest file with a list of tools. */
const FILE_BYTES_MAX = 33_554_432;

/**
 * The tools of a saved answer to `tools/list`: the answer as it came, its result, or the list alone.
 * @throws Failure `bad_request` for a file that holds none.
 */
export async function toolsOfFile(file: string): Promise<readonly ListedTool[]> {
  const text = await textOf(file);
  try {
    return toolsIn(text);
  } catch (cause) {
    if (cause instanceof Failure) throw new Failure('bad_request', `${file} ${cause.detail}`, { cause });
    throw new Failure('bad_request', `${file} is no JSON that can be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

function toolsIn(text: string): ListedTool[] {
  const value: unknown = JSON.parse(text);
  const found = listIn(value, text, 0);
  if (found === undefined)
    throw new Failure('bad_request', 'holds no list of tools: save what a server answers to tools/list.');
  return itemSpans(text, found.at).map(({ start, end }, position) => {
    const item = found.items[position];
    const name = isObject(item) && typeof item.name === 'string' ? item.name : '';
    return { name, definition: definitionOf(text.slice(start, end)) };
  });
}

/** The list in a value whose text begins at `at`, and where the text of the list begins. */
function listIn(
  value: unknown,
  text: string,
  at: number,
): { readonly items: readonly unknown[]; readonly at: number } | undefined {
  if (Array.isArray(value)) return { items: value, at };
  if (!isObject(value)) return undefined;
  for (const key of ['tools', 'result']) {
    const spans = memberSpans(text, at).filter((span) => span.key === key);
    const [span] = spans;
    if (span !== undefined && spans.length === 1) return listIn(value[key], text, span.start);
  }
  return undefined;
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) throw new Error(`it has more than ${FILE_BYTES_MAX} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw new Failure('bad_request', `${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}
