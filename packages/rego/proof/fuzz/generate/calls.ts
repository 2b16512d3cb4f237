import type { BuiltinDeclaration, TypeDeclaration } from '../../oracle/open-oracle.ts';
import * as pools from './pools.ts';
import type { Random } from './random.ts';

/** Built-ins that reach outside, answer by chance, or tell where OPA runs. */
const NOT_CALLED =
  /^(?:http\.|opa\.|net\.lookup|rego\.|trace$|print$|internal\.|providers\.|rand\.|uuid\.rfc4122|eq$|assign$)/;

/** Built-ins whose work grows with the size of a number: only small ones, or OPA itself would not come to an end. */
const GROWS = /^(?:numbers\.range|bits\.lsh|strings\.repeat)/;

/** What a topic's strings and numbers should mostly look like. */
const TOPICS: readonly (readonly [name: RegExp, strings: readonly string[], numbers: readonly string[]])[] = [
  [/^time\.parse_rfc3339/, pools.TIMES, pools.INSTANTS],
  [/^time\.parse_duration/, pools.DURATIONS, pools.INSTANTS],
  [/^time\.parse_ns/, [...pools.LAYOUTS, ...pools.TIMES], pools.INSTANTS],
  [/^time\./, [...pools.ZONES, ...pools.LAYOUTS], pools.INSTANTS],
  [/^regex\./, [...pools.PATTERNS, ...pools.STRINGS], pools.SMALL_INTEGERS],
  [/^glob\./, [...pools.GLOBS, ...pools.JSON_PATHS], pools.NUMBERS],
  [/^net\./, pools.CIDRS, pools.NUMBERS],
  [/^semver\./, pools.VERSIONS, pools.NUMBERS],
  [/^units\./, pools.UNITS, pools.NUMBERS],
  [/^(?:json\.(?:patch|filter|remove)|object\.)/, [...pools.JSON_PATHS, ...pools.KEYS], pools.NUMBERS],
  [/^(?:urlquery|uri|base64)/, [...pools.URLS, ...pools.STRINGS], pools.NUMBERS],
  [/^sprintf$/, pools.FORMATS, pools.NUMBERS],
  [/^(?:bits\.|numbers\.|rand\.|substring|indexof|strings\.)/, pools.STRINGS, pools.SMALL_INTEGERS],
];

/** Members of an input that mostly have a type. */
const SLOTS_BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: ['s', 's', 'k', 't', 're', 'cidr', 'path', 'json'],
  number: ['n', 'n', 'i', 'ns'],
  boolean: ['b'],
  null: ['nul'],
  array: ['l', 'ls', 'ln', 'll', 'lo', 'cidrs'],
  object: ['o', 'oo', 'g'],
  set: ['l', 'ls', 'ln'],
  any: ['s', 'n', 'l', 'ls', 'ln', 'o', 'oo', 'll', 'lo', 'b', 'g'],
};

/** The built-ins whose calls can be compared between two engines. */
export function callable(
  declarations: readonly BuiltinDeclaration[],
  isClaimed: (name: string) => boolean,
): readonly BuiltinDeclaration[] {
  return declarations.filter(
    ({ name, deprecated }) => isClaimed(name) && deprecated !== true && !NOT_CALLED.test(name),
  );
}

/** Makes calls of built-ins with operands that mostly fit. */
export class Calls {
  readonly #random: Random;
  readonly #declarations: readonly BuiltinDeclaration[];

  constructor(random: Random, declarations: readonly BuiltinDeclaration[]) {
    this.#random = random;
    this.#declarations = declarations;
  }

  /** The text of a call; `term` makes operands of any kind. */
  call(term: () => string): string {
    const { name, decl, relation } = this.#random.pick(this.#declarations);
    if (relation === true) return `count([q | walk(${term()}, [_, q])])`;
    if (name === 'time.parse_ns' && this.#random.chance(0.5)) {
      // Layout and time have to fit each other, which operands picked apart hardly ever do.
      return `${name}(${this.#random.pick(pools.ZONED_TIMES).map(literalString).join(', ')})`;
    }
    const operands = (decl.args ?? []).map((type) => this.#operand(name, type, term));
    return `${name}(${operands.join(', ')})`;
  }

  #operand(name: string, type: TypeDeclaration, term: () => string): string {
    const random = this.#random;
    if (GROWS.test(name) && type.type === 'number') return random.pick(pools.SMALL_INTEGERS);
    if (name === 'net.cidr_expand') return literalString(random.pick(pools.SMALL_CIDRS));
    return random.weigh<string>([
      [6, () => this.#fitting(name, type)],
      [3, () => inputSlot(random, type)],
      [1, term],
    ]);
  }

  #fitting(name: string, type: TypeDeclaration): string {
    const random = this.#random;
    const [, strings, numbers] = TOPICS.find(([pattern]) => pattern.test(name)) ?? [
      name,
      pools.STRINGS,
      pools.NUMBERS,
    ];
    switch (type.type) {
      case 'string':
        return random.chance(0.3) ? inputSlot(random, type) : literalString(random.pick(strings));
      case 'number':
        return random.pick(numbers);
      case 'boolean':
        return random.pick(['true', 'false']);
      case 'null':
        return 'null';
      case 'any':
        return this.#fittingAny(name, type);
      case 'array':
        return `[${this.#members(name, type)}]`;
      case 'set': {
        const members = this.#members(name, type);
        return members === '' ? 'set()' : `{${members}}`;
      }
      default:
        return this.#fittingObject(name);
    }
  }

  #members(name: string, type: TypeDeclaration): string {
    const {
      dynamic,
      of,
      static: fixed,
    } = type as unknown as {
      dynamic?: TypeDeclaration;
      of?: TypeDeclaration;
      static?: unknown[];
    };
    if (fixed !== undefined) {
      return fixed.map((member) => this.#fitting(name, member as TypeDeclaration)).join(', ');
    }
    const member = dynamic ?? of ?? { type: 'any' };
    return this.#random.several([0, 3], () => this.#fitting(name, member)).join(', ');
  }

  #fittingAny(name: string, type: TypeDeclaration): string {
    const { of } = type;
    if (Array.isArray(of) && of.length > 0)
      return this.#fitting(name, this.#random.pick(of as TypeDeclaration[]));
    return this.#random.chance(0.6) ? inputSlot(this.#random, type) : this.#random.pick(LITERALS);
  }

  #fittingObject(name: string): string {
    if (name !== 'json.patch') return this.#random.pick(OBJECTS);
    const [op, path, from] = [
      this.#random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'bad']),
      literalString(this.#random.pick(pools.JSON_PATHS)),
      literalString(this.#random.pick(pools.JSON_PATHS)),
    ];
    return `{"op": "${op}", "path": ${path}, "from": ${from}, "value": ${this.#random.pick(LITERALS)}}`;
  }
}

const LITERALS = [
  '1',
  '1.0',
  '"a"',
  '[1, "a"]',
  '{"a": 1}',
  '{1, 2.0, "x"}',
  'null',
  'true',
  '{"a": {"b": [1, {"c": 2}]}}',
  '{1: 2, "1": 3}',
  '{[1]: {2}}',
  'set()',
  '{}',
  '[]',
];
const OBJECTS = [
  '{"a": 1, "b": {"c": [1, 2]}}',
  '{}',
  '{"a": {"b": ["a"]}}',
  '{1: "x", "1": "y"}',
  '{"a": ["b"], "b": ["c", "a"]}',
  '{"a": {"b"}, "b": set()}',
  '{"__proto__": {"x": 1}, "constructor": 2}',
  '{{1}: 2}',
];

function inputSlot(random: Random, { type }: TypeDeclaration): string {
  const slot = random.pick(SLOTS_BY_TYPE[type] ?? SLOTS_BY_TYPE.any ?? []);
  const from = random.chance(0.85) ? 'input' : 'data.base';
  return type === 'set' ? `{e | some e in ${from}.${slot}}` : `${from}.${slot}`;
}

/** A string as Rego writes it. */
export function literalString(value: string): string {
  return JSON.stringify(value).replaceAll('\ufeff', '\\ufeff');
}
