import { Failure } from '@bailiff/contract';
import pc from 'picocolors';
import { digestOfChanges, type ToolChange } from './compare-tools.ts';
import { shown } from './hidden-characters.ts';
import type { PinsFile } from './pins-file.ts';
import type { ListedTool } from './server-tools.ts';
import { tellChange } from './tell-tools.ts';

export interface Approval {
  readonly server: string;
  /** Names of tools; of all that differ where it is empty; undefined where the digest says which. */
  readonly tools: readonly string[] | undefined;
  /** Digest of what was shown before, or its beginning. Without all of it somebody is asked. */
  readonly digest?: string | undefined;
  /** Shows a text to a person and asks for a yes; undefined where nobody can be asked. */
  readonly ask?: ((text: string) => Promise<boolean>) | undefined;
}

export interface Approved {
  readonly server: string;
  readonly approved: readonly string[];
  /** No longer pinned, because the server lists them no more. */
  readonly removed: readonly string[];
  readonly file: string;
  /** False where a person said no, so that nothing was written. */
  readonly written: boolean;
}

/** As many digits as `tools list` and the head of a difference print. */
const BEGINNING = /^[0-9a-f]{12,63}$/;

/**
 * Approves definitions as the server lists them now. Nothing that was not shown: either a person sees it and says yes, or the
 * digest is that of exactly these definitions.
 * @throws Failure `bad_request` for what cannot be approved, `forbidden` for a digest of something else.
 */
export async function approveTools(
  { server, tools, digest, ask }: Approval,
  found: {
    readonly file: PinsFile;
    readonly listed: readonly ListedTool[];
    readonly changes: readonly ToolChange[];
  },
): Promise<Approved> {
  const { file, listed, changes } = found;
  const chosen =
    tools === undefined
      ? meantBy(digest ?? '', { server, changes })
      : chosenOf(tools, { server, listed, changes });
  const at = { server, file: file.pathOf(server) };
  const isPinned = file.of(server).pins !== undefined;
  if (chosen.length === 0 && isPinned) return { ...at, approved: [], removed: [], written: true };
  const expected = digestOfChanges(chosen);
  const isBegun = digest !== undefined && isBeginning(digest, expected);
  if (digest !== undefined && digest !== expected && !isBegun)
    throw new Failure(
      'forbidden',
      `Nothing is approved: what ${server} lists now has the digest ${expected}. Look at it again: ./bailiff tools diff ${server}`,
    );
  // Definitions whose digests begin alike are made in seconds: a beginning says which are meant, and not that they were seen.
  if (digest !== expected && !(await isWanted(chosen, { server, isPinned, isBegun, ask })))
    return { ...at, approved: [], removed: [], written: false };
  const definitions = new Map(listed.map((tool) => [tool.name, tool]));
  const pins = new Map(
    chosen.map(({ tool }) => {
      const { definition, digest: own } = definitions.get(tool) ?? {};
      return [tool, definition === undefined || own === undefined ? undefined : { digest: own, definition }];
    }),
  );
  await file.write(server, pins);
  const named = (isRemoved: boolean) =>
    chosen.filter(({ kind }) => (kind === 'removed') === isRemoved).map(({ tool }) => tool);
  return { ...at, approved: named(false), removed: named(true), written: true };
}

/** Every change that the digest is of: all of them together, or a single one. */
function meantBy(
  digest: string,
  { server, changes }: { readonly server: string; readonly changes: readonly ToolChange[] },
): readonly ToolChange[] {
  const approvable = changes.filter(({ kind }) => kind !== 'ambiguous');
  if (approvable.length === 0) return [];
  const single = approvable.filter((change) => change.digest !== null).map((change) => [change]);
  const known = new Map([approvable, ...single].map((some) => [digestOfChanges(some), some]));
  const meant = [...known].filter(([one]) => one === digest || isBeginning(digest, one));
  const [first, second] = meant;
  if (first === undefined)
    throw new Failure(
      'forbidden',
      `Nothing is approved: nothing that ${server} lists now, and that is not approved yet, has the digest ${shown(digest)}. Look at it again: ./bailiff tools diff ${server}`,
    );
  if (second !== undefined)
    throw new Failure(
      'bad_request',
      `Several digests begin with ${digest}: ${meant.map(([one]) => one).join(', ')}. Name one of them whole.`,
    );
  return first[1];
}

function isBeginning(digest: string, whole: string): boolean {
  return BEGINNING.test(digest) && whole.startsWith(digest);
}

function chosenOf(
  tools: readonly string[],
  {
    server,
    listed,
    changes,
  }: {
    readonly server: string;
    readonly listed: readonly ListedTool[];
    readonly changes: readonly ToolChange[];
  },
): readonly ToolChange[] {
  const known = new Set([...listed.map(({ name }) => name), ...changes.map(({ tool }) => tool)]);
  const unknown = tools.find((tool) => !known.has(tool));
  if (unknown !== undefined)
    throw new Failure('bad_request', `${server} lists no tool ${shown(unknown)}, and none was approved.`);
  const chosen = tools.length === 0 ? changes : changes.filter(({ tool }) => tools.includes(tool));
  const ambiguous = chosen.find(({ kind }) => kind === 'ambiguous');
  if (ambiguous === undefined) return chosen;
  if (tools.length === 0) return chosen.filter(({ kind }) => kind !== 'ambiguous');
  throw new Failure(
    'bad_request',
    `${shown(ambiguous.tool)} cannot be approved: parsers would read its definition differently.`,
  );
}

async function isWanted(
  chosen: readonly ToolChange[],
  {
    server,
    isPinned,
    isBegun,
    ask,
  }: Pick<Approval, 'server' | 'ask'> & { readonly isPinned: boolean; readonly isBegun: boolean },
): Promise<boolean> {
  const begun = isBegun
    ? 'That is the beginning of a digest, and another definition can be made to begin alike. '
    : '';
  if (ask === undefined)
    throw new Failure(
      'bad_request',
      `${begun}Nobody can be asked here. Look at ./bailiff tools diff ${server}, then name what you saw: --digest ${digestOfChanges(chosen)}`,
    );
  const others = isPinned
    ? ''
    : `${server} is not pinned yet: its other tools can no longer be called then.\n`;
  return ask(`${chosen.map((change) => tellChange(change, pc)).join('')}\n${others}`);
}
