import type { Json } from '@bailiff/contract';
import type { Colours } from '../record/terminal.ts';
import { changedLines } from './changed-lines.ts';
import type { ChangedField, ToolChange } from './compare-tools.ts';
import { type HiddenText, shown, spelled, unmasked } from './hidden-characters.ts';

/** What came of asking one server, as `tools list` and `tools diff` tell it. */
export interface ToldServer {
  readonly server: string;
  /** Whether its tools are held to what was approved. */
  readonly pinned: boolean;
  /** Why it could not be asked; left out where it could. */
  readonly failure?: string;
  readonly tools: readonly ToldTool[];
  readonly changes: readonly ToolChange[];
  /** What `tools approve` takes for all of `changes`; empty where there are none. */
  readonly digest: string;
}

export interface ToldTool {
  readonly name: string;
  readonly digest: string | null;
  readonly state: 'approved' | 'unpinned' | ToolChange['kind'];
}

const KINDS: Readonly<Record<HiddenText['kind'], string>> = {
  control: 'control characters',
  zero_width: 'characters of no width',
  bidirectional: 'characters that turn text around',
  invisible: 'invisible characters',
  odd_space: 'blanks that are no spaces',
  look_alike: 'letters that look like others',
  padding: 'text moved out of sight',
};

/** A server’s tools, a line each. */
export function tellList(told: ToldServer, colours: Colours): string {
  const { server, pinned, failure, tools, changes } = told;
  if (failure !== undefined) return `${colours.bold(server)}: ${colours.red(failure)}\n`;
  const removed = changes.filter(({ kind }) => kind === 'removed');
  const width = Math.max(
    ...[...tools, ...removed.map(({ tool }) => ({ name: tool }))].map(({ name }) => shown(name).length),
    0,
  );
  const mark = (state: ToldTool['state']) => {
    const text = state === 'added' ? 'new' : state;
    if (state === 'approved') return colours.green(text);
    return state === 'unpinned' ? colours.dim(text) : colours.red(text);
  };
  const head = pinned ? '' : colours.dim(' (not pinned: whatever it lists can be called)');
  return [
    `${colours.bold(server)}${head}\n`,
    ...tools.map(
      ({ name, digest, state }) =>
        `  ${shown(name).padEnd(width)}  ${(digest ?? '').slice(0, 12).padEnd(12)}  ${mark(state)}\n`,
    ),
    ...removed.map(({ tool }) => `  ${shown(tool).padEnd(width)}  ${' '.repeat(12)}  ${mark('removed')}\n`),
  ].join('');
}

/** What differs from what was approved, as a diff whose hidden characters can be seen. */
export function tellDiff(told: ToldServer, colours: Colours): string {
  const { server, pinned, failure, changes, digest } = told;
  if (failure !== undefined) return `${colours.bold(server)}: ${colours.red(failure)}\n`;
  if (changes.length === 0)
    return pinned
      ? `${colours.bold(server)}: as approved\n`
      : `${colours.bold(server)}: not pinned, and it lists no tool\n`;
  const head = pinned
    ? ''
    : ' is not pinned: nothing of it was approved, and whatever it lists can be called';
  return [
    `${colours.bold(server)}${head}\n`,
    ...changes.map((change) => tellChange(change, colours)),
    `To approve all of this: ./bailiff tools approve ${server} --all --digest ${digest}\n`,
  ].join('');
}

/** One tool’s part of the diff. */
export function tellChange(change: ToolChange, colours: Colours): string {
  const { tool, kind, digest, approved_digest, fields, hidden } = change;
  const words = { added: 'new', changed: 'changed', removed: 'no longer listed', ambiguous: AMBIGUOUS }[kind];
  const digests = [approved_digest, digest].map((one) => one?.slice(0, 12) ?? '–').join(' → ');
  const unknown = fields.some(({ approved }) => approved === undefined);
  return [
    `\n${colours.yellow(`${shown(tool)}: ${words}`)}  ${colours.dim(digests)}\n`,
    ...hiddenLines(hidden).map((line) => `  ${colours.red(`! ${line}`)}\n`),
    ...(unknown ? ['  What was approved was not kept; this is what is listed now:\n'] : []),
    ...fields.map((field) => tellField(field, colours)),
    ...(digest === null ? [] : [`  digest ${digest}\n`]),
  ].join('');
}

const AMBIGUOUS = 'cannot be approved, since parsers would read its definition differently';

function hiddenLines(hidden: readonly HiddenText[]): string[] {
  const kinds = new Map<HiddenText['kind'], string[]>();
  for (const { kind, what } of hidden)
    kinds.set(kind, [...(kinds.get(kind) ?? []), kind === 'look_alike' ? spelled(what) : what]);
  return [...kinds].map(([kind, whats]) => `holds ${KINDS[kind]}: ${whats.join(', ')}`);
}

function tellField({ field, approved, listed }: ChangedField, colours: Colours): string {
  const lines = changedLines(linesOf(approved), linesOf(listed));
  return [
    `  ${shown(field)}:\n`,
    ...lines.map(({ kind, text }) => {
      const line = unmasked(text);
      if (kind === 'same') return `      ${colours.dim(line)}\n`;
      return kind === 'gone' ? `    ${colours.red(`- ${line}`)}\n` : `    ${colours.green(`+ ${line}`)}\n`;
    }),
  ].join('');
}

/** Text as its lines, everything else as JSON with sorted members: their order means nothing. */
function linesOf(value: Json | undefined): string[] {
  if (value === undefined || value === null) return [];
  return (typeof value === 'string' ? value : JSON.stringify(sorted(value), null, 2)).split('\n');
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(
    names.map((name) => [name, sorted((value as { readonly [key: string]: Json })[name] ?? null)]),
  );
}
