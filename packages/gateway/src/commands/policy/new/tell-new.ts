import { dirname, join, relative } from 'node:path';
import pc from 'picocolors';
import { flowText } from '../../../distribution/scaffold/flow-text.ts';
import type { LeftOut } from '../../../distribution/scaffold/server/tool-access.ts';
import type { LackingCapabilities } from './lacking-capabilities.ts';

/** What became of a file that was there before. */
export interface WrittenFile {
  readonly file: string;
  /** `there`: it said so already; `left`: it is for a person to write. */
  readonly state: 'written' | 'there' | 'left';
  readonly rows: readonly string[];
  readonly why: string | null;
}

/** What became of pins. `there`: the server was pinned before. */
export interface PinnedTools {
  readonly state: 'written' | 'there' | 'left';
  readonly file: string | null;
  readonly tools: number;
}

/** What became of a server’s tools. */
export interface ToldTools {
  readonly reads: readonly string[];
  readonly asks: readonly string[];
  readonly refused: readonly string[];
  readonly left_out: readonly { readonly name: string; readonly why: LeftOut }[];
  /** Keyword of JSON Schema → how many tools have it without a rule that holds it. */
  readonly keywords_not_held: Readonly<Record<string, number>>;
  /** `may_not`: its registration does not let it grant. */
  readonly grants: 'granted' | 'may_not' | 'unwanted';
}

/** What was made. Paths are absolute. */
export interface NewResult {
  readonly made: 'bundle' | 'release';
  readonly bundle: string | null;
  readonly owner: string;
  /** Whether nobody named the owner, so that it is whoever ran the command. */
  readonly is_owner_guessed: boolean;
  readonly directory: string;
  readonly files: readonly string[];
  readonly catalogue: WrittenFile | null;
  readonly release: WrittenFile | null;
  readonly pins: PinnedTools | null;
  readonly tools: ToldTools | null;
  /** What `capabilities` of the identity bundle lack for a server’s tools that the draft does not refuse. */
  readonly capabilities: LackingCapabilities | null;
}

const OWNER_GUESSED = `: the login name of whoever ran this, ${pc.yellow('since no owner was named')}; --owner names the team that answers for it`;

/** Names that are listed in one row at most; further ones are counted. */
const LISTED_MAX = 12;

/** For people. */
export function tellNew(result: NewResult): string {
  const { made, owner, files, catalogue, release, tools, pins, directory, capabilities } = result;
  const guessed = result.is_owner_guessed ? OWNER_GUESSED : '';
  const at = placeOf(directory);
  return [
    ...files.map((file) => `${pc.green('wrote')} ${placeOf(file)}\n`),
    ...(catalogue === null ? [] : [tellFile(catalogue, 'listed in the catalogue')]),
    ...(release === null ? [] : [tellFile(release, 'registered')]),
    ...(pins === null ? [] : [tellPins(pins)]),
    `owner ${pc.bold(owner)}${guessed}\n`,
    ...(tools === null ? [] : [tellTools(tools)]),
    '\nNow:\n',
    ...(capabilities === null ? [] : [tellCapabilities(capabilities)]),
    `  ./bailiff policy check ${at} --strict\n`,
    `  ./bailiff bundle build ${at}\n`,
    ...(made === 'bundle'
      ? []
      : [
          `  ./bailiff policy new compliance --dir ${at}\n`,
          `  ./bailiff start --config ${placeOf(join(dirname(directory), 'bailiff.yaml'))}\n`,
        ]),
  ].join('');
}

function tellFile({ file, state, rows, why }: WrittenFile, what: string): string {
  const listed = some(rows);
  switch (state) {
    case 'written':
      return `${pc.green(what)} in ${placeOf(file)}: ${listed}\n`;
    case 'there':
      return `${what} in ${placeOf(file)} already\n`;
    case 'left':
      return `${pc.yellow('not written')} to ${placeOf(file)}: ${why ?? ''} Add it yourself: ${listed}\n`;
  }
}

function tellPins({ state, file, tools }: PinnedTools): string {
  switch (state) {
    case 'written':
      return `${pc.green('pinned')} ${count(tools, 'tool')} as listed now, in ${placeOf(file ?? '')}; one that changes is not called until somebody approves it\n`;
    case 'there':
      return `pinned before, in ${placeOf(file ?? '')}: ./bailiff tools diff says what differs\n`;
    case 'left':
      return 'not pinned: ./bailiff tools approve pins what a server lists\n';
  }
}

function tellTools({ reads, asks, refused, left_out, keywords_not_held, grants }: ToldTools): string {
  const keywords = Object.entries(keywords_not_held).map(
    ([keyword, tools]) => `${keyword} (${count(tools, 'tool')})`,
  );
  return [
    '\nBy what the server says of its own tools, which nobody has checked:\n',
    `  ${pc.green('reads')}    ${some(reads)}\n`,
    `  ${pc.yellow('asks')}     ${some(asks)}\n`,
    `  ${pc.red('refused')}  ${some(refused)}\n`,
    ...(refused.length > 0 ? ['  A tool without annotations counts as destructive.\n'] : []),
    ...LEFT_OUT.flatMap(([why, words]) => {
      const names = left_out.filter((one) => one.why === why).map(({ name }) => name);
      return names.length === 0
        ? []
        : [`  ${pc.yellow('left out')} ${count(names.length, 'tool')} ${words}: ${some(names)}\n`];
    }),
    ...(left_out.length > 0 ? ['  What is left out is refused as `tool_unknown`.\n'] : []),
    ...(keywords.length > 0 ? [`  No rule holds ${keywords.join(', ')}; the server still does.\n`] : []),
    `${GRANTS[grants]}\n`,
  ].join('');
}

/** Entries as they are to be written: exact ones, since a prefix would hold what the server lists one day, too. */
function tellCapabilities({ file, ...lists }: LackingCapabilities): string {
  const where = file === null ? 'the identity bundle' : placeOf(file);
  return [
    `  Agents cannot call these tools yet: ${pc.yellow('outside_capabilities')}. Add to \`capabilities\` in ${where}, as far as agents are to:\n`,
    ...Object.entries(lists).flatMap(([list, names]) =>
      names.length === 0 ? [] : [`    ${list}: ${flowText(names)}\n`],
    ),
  ].join('');
}

const LEFT_OUT: readonly (readonly [LeftOut, string])[] = [
  ['name', 'whose name is no plain word'],
  ['twice', 'of one name'],
  ['ambiguous', 'whose definition parsers read differently'],
  ['size', 'whose definition is too long'],
  ['many', 'beyond what one draft holds'],
];

const GRANTS: Readonly<Record<ToldTools['grants'], string>> = {
  granted: `Reads and, once approved, writes are granted by the bundle itself: that is what ${pc.bold('may_grant: true')} in release.yaml lets it do. Whoever owns release.yaml decides that; --no-grants leaves it out.`,
  may_not: `Nothing is granted: release.yaml registers the bundle without ${pc.bold('may_grant: true')}. Reads need it, or a grant of the resource bundle.`,
  unwanted: 'Nothing is granted: that is for the resource bundle.',
};

function some(names: readonly string[]): string {
  if (names.length === 0) return '–';
  const rest = names.length - LISTED_MAX;
  return `${names.slice(0, LISTED_MAX).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** A path as it may be typed from here. */
function placeOf(path: string): string {
  const near = relative('', path) || '.';
  return near.startsWith('../..') ? path : near;
}
