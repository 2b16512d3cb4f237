import { type Hazard, insert } from './draft.ts';
import type { Random } from './random.ts';
import { memberOf, type Node, nodeOf, objectOf, spelledText, utf8, write } from './tree.ts';

/** Writes the member of an object anew, where there is one. */
function put(node: Node | undefined, key: string, value: Node): void {
  if (node?.kind !== 'object') return;
  const found = node.members.find((member) => member.key === key);
  if (found === undefined) node.members.push({ key, value });
  else found.value = value;
}

/** Names that are not the tool’s and that somebody might take for it. */
export function lookAlike(name: string, random: Random): string {
  const at = random.below(name.length + 1);
  const into = (text: string) => `${name.slice(0, at)}${text}${name.slice(at)}`;
  const ways: readonly (() => string)[] = [
    () => name.toUpperCase(),
    () => name.replace(/^./, (letter) => letter.toUpperCase()),
    () => `${name} `,
    () => ` ${name}`,
    () => `${name}\u0000`,
    () => `${name}\n`,
    () => into('\u200b'),
    () => into('\u200d'),
    () => into('\u00ad'),
    () => into('\u202e'),
    () => into('\ufeff'),
    () => into('\u0000'),
    () => into('\u0301'),
    () => into('\ufe0f'),
    () => name.replace('e', '\u0435'),
    () => name.replace('a', '\u0430'),
    () => name.replace('c', '\u0441'),
    () => name.replace('l', '\u04cf'),
    () => name.replace('_', '\u005f\u0332'),
    () => name.replace('_', '\uff3f'),
    () => name.replace('_', '-'),
    () => name.normalize('NFD'),
    () =>
      name
        .normalize('NFKC')
        .replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
    () => `node.${name}`,
    () => `node/${name}`,
    () => `./${name}`,
    () => `${name}/`,
    () => `${name}%00`,
    () => encodeURIComponent(into('/')),
    () => `${name}\u00a0`,
    () => `${name}\u3000`,
    () => `${name}${name}`,
    () => name.slice(1),
    () => 'toString',
    () => '__proto__',
    () => '',
    () => 'x'.repeat(257),
  ];
  return random.pick(ways)();
}

const METHODS = [
  'tools/Call',
  'TOOLS/CALL',
  'tools/call ',
  ' tools/call',
  'tools/call\u0000',
  'tools//call',
  'tools/call/',
  'tool\u017f/call',
  'tools\\call',
  'tools.call',
  'tools/\u0441all',
  'tools/list',
  'ping',
  'resources/read',
  'prompts/get',
  'completion/complete',
  'initialize',
  'notifications/cancelled',
  'notifications/initialized',
  'notifications/progress',
  'logging/setLevel',
  'server/discover',
  'sampling/createMessage',
  'roots/list',
  'tasks/get',
  'rpc.discover',
  '',
  '__proto__',
  'constructor',
];

const IDS = [
  'null',
  '0',
  '-1',
  '1.5',
  '1e3',
  '9007199254740993',
  'true',
  '[]',
  '{}',
  '""',
  '"1"',
  '"\\u0000"',
  '"__proto__"',
  `"${'x'.repeat(2_000)}"`,
  '1E400',
  '-0',
  '"\\ud800"',
];

const TRAILERS = [
  '}',
  '{}',
  '\n',
  '\r\n\r\n',
  '\x00',
  ' ',
  'x',
  ',',
  ']',
  '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete_file"}}',
  '\n{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete_file"}}',
  '//',
  '/*',
  '\x1e',
  '\x04',
  utf8('\ufeff'),
  '\xff',
  '0\r\n\r\n',
  '#',
  ';',
];

const LEGAL_SPACE = [' ', '\t', '\n', '\r', '  ', '\r\n', '', ''];
const OTHER_SPACE = [
  '\x0b',
  '\f',
  '\x00',
  utf8('\u00a0'),
  utf8('\ufeff'),
  utf8('\u2028'),
  utf8('\u0085'),
  utf8('\u3000'),
  '\x1e',
];
const COMMENTS = ['/**/', '// x\n', '# x\n', '/* "name":"delete_file", */', '<!-- -->', '-- x\n'];

export const MESSAGE_HAZARDS: readonly Hazard[] = [
  {
    name: 'a tool of a name that looks alike',
    apply: ({ root }, random) => {
      const params = memberOf(root, 'params');
      const name = memberOf(params, 'name');
      if (name?.kind === 'string')
        put(params, 'name', nodeOf(lookAlike(Buffer.from(name.spelled, 'latin1').toString(), random)));
    },
  },
  { name: 'another method', apply: ({ root }, random) => put(root, 'method', nodeOf(random.pick(METHODS))) },
  {
    name: 'another id',
    apply: ({ root }, random) => put(root, 'id', { kind: 'plain', spelled: random.pick(IDS) }),
  },
  {
    name: 'another version',
    apply: ({ root }, random) =>
      put(root, 'jsonrpc', nodeOf(random.pick(['1.0', '2', 2, '2.0 ', null, '', '2.0\u0000']))),
  },
  {
    name: 'a member that is missing',
    apply: ({ root }, random) => {
      const object = random.chance(0.5) ? root : (memberOf(root, 'params') ?? root);
      if (object.kind === 'object') object.members.splice(random.below(object.members.length), 1);
    },
  },
  {
    name: 'a member too many',
    apply: ({ root }, random) => {
      const object = random.chance(0.5) ? root : memberOf(root, 'params');
      const keys = [
        '_meta',
        'task',
        'result',
        'error',
        'extra',
        'requestState',
        'inputResponses',
        'params',
        'arguments',
        'name',
        'method',
        'uri',
        'cursor',
      ];
      const value = random.pick<unknown>([
        {},
        null,
        'x',
        { progressToken: 1 },
        { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
        [],
        { ttl: 1 },
      ]);
      if (object?.kind === 'object') insert(object, random.pick(keys), nodeOf(value), random);
    },
  },
  {
    name: 'members in another order',
    apply: ({ root }, random) => {
      for (const object of [root, memberOf(root, 'params')]) {
        if (object?.kind === 'object') object.members.sort(() => random.next() - 0.5);
      }
    },
  },
  {
    name: 'another outermost value',
    apply: (draft, random) => {
      const { root } = draft;
      const empty: Node = { kind: 'array', items: [] };
      const text: Node = {
        kind: 'string',
        spelled: spelledText(
          Buffer.from(
            write(root, () => ''),
            'latin1',
          ).toString(),
        ),
      };
      draft.root = random.pick<Node>([
        { kind: 'array', items: [root] },
        { kind: 'array', items: [root, root] },
        empty,
        text,
        nodeOf(null),
        nodeOf(1),
        objectOf([]),
      ]);
    },
  },
  {
    name: 'something behind',
    apply: (draft, random) => {
      draft.after = random.pick(TRAILERS);
    },
  },
  {
    name: 'something before',
    apply: (draft, random) => {
      draft.before = random.pick([
        '\xef\xbb\xbf',
        '\xfe\xff',
        '\xff\xfe',
        '\x00',
        ' ',
        '\n',
        ")]}'\n",
        '\x1e',
        '[',
        '{',
        'data: ',
        '\x1f\x8b',
        '\xef\xbb\xbf\xef\xbb\xbf',
      ]);
    },
  },
  {
    name: 'another encoding',
    apply: ({ spoilers }, random) => {
      const mark = random.chance(0.5) ? '\ufeff' : '';
      const isSwapped = random.chance(0.5);
      spoilers.push((bytes) => {
        const wide = Buffer.from(`${mark}${bytes.toString('utf8')}`, 'utf16le');
        return isSwapped ? wide.swap16() : wide;
      });
    },
  },
  {
    name: 'space',
    apply: ({ spaces }) => {
      spaces.push(...LEGAL_SPACE);
    },
  },
  {
    name: 'space that is none',
    apply: ({ spaces }, random) => {
      spaces.push('', '', '', '', '', '', random.pick(OTHER_SPACE));
    },
  },
  {
    name: 'comments',
    apply: ({ spaces }, random) => {
      spaces.push('', '', '', '', '', '', random.pick(COMMENTS));
    },
  },
];
