import type { Effect, JsonObject } from '@bailiff/contract';
import { bundleDraft } from '../bundle-draft.ts';
import { type BundleIdentity, type BundleNames, type DraftFile, namesOf } from '../draft.ts';
import { flowText, keyText } from '../flow-text.ts';
import type { CatalogueRow } from '../registry-text.ts';
import { limitsOf, type ToolLimits } from './argument-limits.ts';
import { argumentRules } from './argument-rules.ts';
import { CALL_FIXTURE, type OpeningOptions, serverRules } from './server-rules.ts';
import {
  type Access,
  accessOf,
  draftable,
  type LeftOut,
  type ListedTool,
  stricter,
  titleOf,
} from './tool-access.ts';

/** What is known of a server besides its tools. */
export interface ServerFacts extends OpeningOptions {
  /** Classes that its data may be of, and the data that it is given. */
  readonly dataClasses: readonly string[];
  /** What the catalogue says already of tools, by name. */
  readonly effects: ReadonlyMap<string, readonly Effect[]>;
  /** Tells which regular expressions OPA takes. */
  readonly isPattern: (pattern: string) => boolean;
}

/** A bundle for a server, drafted from what it lists. */
export interface ServerBundleDraft {
  readonly files: readonly DraftFile[];
  readonly tools: readonly DraftedTool[];
  readonly leftOut: readonly { readonly name: string; readonly why: LeftOut }[];
  /** Tool → its entry in the catalogue. */
  readonly catalogue: ReadonlyMap<string, CatalogueRow>;
}

/** What became of one tool. */
export interface DraftedTool {
  readonly name: string;
  readonly access: Access;
  /** Keywords of its schema that no rule of the draft holds. */
  readonly left: readonly string[];
  readonly definition: JsonObject;
}

/** Drafts a bundle from listed tools: what they say of themselves decides what is open, asked for and refused. */
export function serverBundleDraft(
  identity: BundleIdentity,
  listed: readonly ListedTool[],
  facts: ServerFacts,
): ServerBundleDraft {
  const { tools, leftOut } = draftable(listed);
  const read = tools.map(({ name, definition }) => {
    const schema = limitsOf(definition, facts.isPattern);
    const said = accessOf(definition);
    const access = stricter(said.access, facts.effects.get(name));
    return { name, definition, ...said, access, ...schema, title: titleOf(definition) };
  });
  const names = namesOf(identity.subject);
  const limits = read.flatMap((tool) =>
    tool.limits === undefined ? [] : [[tool.name, tool.limits] as const],
  );
  const argued = argumentRules(
    names,
    limits.map(([, one]) => one),
  );
  const { dataClasses } = facts;
  const drafted = {
    purpose: `How the tools of the server ${identity.name.slice('servers/'.length)} may be used, drafted from what it says of them.`,
    rules: [...serverRules(names, facts), ...argued.rules],
    uses: argued.uses,
    fixture: `${CALL_FIXTURE}${everyTool(names, facts.grants)}`,
    data: dataText({ tools: read, limits, isChecked: argued.rules.length > 0 }),
    next: [...NEXT, ...notHeld({ left: read.flatMap((tool) => tool.left), leftOut: leftOut.length })],
  };
  return {
    files: bundleDraft(identity, drafted, argued.rules.length === 0 ? 'simple' : 'full'),
    tools: read.map(({ name, access, left, definition }) => ({ name, access, left, definition })),
    leftOut,
    catalogue: new Map(
      read.map(({ name, title, effects, blastRadius }) => [
        name,
        {
          ...(title !== undefined && { title }),
          ...{ effects, blast_radius: blastRadius, data_classes: dataClasses, returns: dataClasses },
        },
      ]),
    ),
  };
}

const NEXT = [
  'Read every list in `data.yaml`. They follow what the server says of its own tools, and nobody has checked that: move a tool to another list where the server is too kind to itself or too strict.',
  'A tool without annotations counts as destructive. Move it to `reads` or `asks` once you know what it does.',
  'Narrow `data_classes` and `returns` of the tools in the catalogue: nothing says which data they touch, so that all classes are named.',
  'The server is reached by agents whose `capabilities` hold it, and each of its tools.',
];

/** What the draft has no rule for. Names of tools that are left out may be anything, so that they are counted only. */
function notHeld({
  left,
  leftOut,
}: {
  readonly left: readonly string[];
  readonly leftOut: number;
}): string[] {
  const keywords = [...new Set(left)].sort().map((keyword) => `\`${keyword}\``);
  return [
    ...(keywords.length === 0
      ? []
      : [
          `No rule holds what the server says of arguments by ${keywords.join(', ')}; the server itself still does.`,
        ]),
    ...(leftOut === 0
      ? []
      : [
          `Tools that the server lists and that are left out of the draft: ${leftOut}. They are refused as \`tool_unknown\`.`,
        ]),
  ];
}

const COMMENTS: Readonly<Record<Access, string>> = {
  read: '# Tools that only read. They are granted.',
  ask: '# Tools that write and do not destroy. A person is asked about each call.',
  refuse: '# Tools that may destroy, or of which the server does not say that they do not. They are refused.',
};

const LISTS: readonly (readonly [Access, string])[] = [
  ['read', 'reads'],
  ['ask', 'asks'],
  ['refuse', 'refused'],
];

function dataText({
  tools,
  limits,
  isChecked,
}: {
  readonly tools: readonly { readonly name: string; readonly access: Access }[];
  readonly limits: readonly (readonly [string, ToolLimits])[];
  readonly isChecked: boolean;
}): string {
  const lists = LISTS.map(([access, list]) => {
    const names = tools.filter((tool) => tool.access === access).map(({ name }) => name);
    const rows = names.map((name) => `  - ${keyText(name)}\n`);
    return `${COMMENTS[access]}\n${list}:${rows.length === 0 ? ' []\n' : `\n${rows.join('')}`}`;
  });
  if (!isChecked) return lists.join('\n');
  const rows = limits.map(([tool, { properties, ...said }]) => {
    const below = Object.entries(properties).map(([name, one]) => row(name, one, '      '));
    const about = Object.entries(said).map(([key, value]) => row(key, value, '    '));
    const named = below.length === 0 ? ['    properties: {}\n'] : ['    properties:\n', ...below];
    return [`  ${keyText(tool)}:\n`, ...about, ...named].join('');
  });
  return [
    ...lists,
    `# What arguments are held to, by tool: what the server says of them, in the words of JSON Schema. \`type\` is a list, and \`whole\` a
# number without a fraction; where \`only_listed\` stands, arguments that \`properties\` does not list are refused.
arguments:
${rows.join('')}`,
  ].join('\n');
}

/** One entry in one row. */
function row(name: string, value: unknown, indent: string): string {
  return `${indent}${keyText(name)}: ${flowText(value)}\n`;
}

/** That the lists do what they say, for every tool in them. */
function everyTool({ data, alias }: BundleNames, grants: boolean): string {
  const granted = grants ? `\t\t"read_granted" in ${alias}.allow with input as call(tool, {})\n` : '';
  return `
test_every_listed_tool_is_opened_asked_for_or_refused_as_its_list_says if {
	every tool in ${data}.reads {
${granted}		count(${alias}.require_approval) == 0 with input as call(tool, {})
		not "tool_refused" in ${alias}.deny with input as call(tool, {})
	}
	every tool in ${data}.asks {
		"write_asks" in ${alias}.require_approval with input as call(tool, {})
	}
	every tool in ${data}.refused {
		"tool_refused" in ${alias}.deny with input as call(tool, {})
	}
}
`;
}
