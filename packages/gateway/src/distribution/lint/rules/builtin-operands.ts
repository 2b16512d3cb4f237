/** What built-ins ask of their operands: given anything else they fail, and with them the whole decision. */

export type OperandType = 'string' | 'number' | 'array' | 'object' | 'collection';

/** What an operand must be. `isParsed`: the type alone is not enough, its text has to be of a form. */
export interface Demand {
  readonly operand: number;
  readonly types: readonly OperandType[];
  readonly isParsed?: true;
}

const text = (...operands: number[]): Demand[] => operands.map((operand) => ({ operand, types: ['string'] }));
const number = (...operands: number[]): Demand[] =>
  operands.map((operand) => ({ operand, types: ['number'] }));
const parsed = (operand = 0): Demand[] => [{ operand, types: ['string'], isParsed: true }];
const countable: Demand[] = [{ operand: 0, types: ['string', 'array', 'object', 'collection'] }];
const listed: Demand[] = [{ operand: 0, types: ['array', 'collection'] }];

/** By name; built-ins that take anything are left out. */
export const DEMANDS: ReadonlyMap<string, readonly Demand[]> = new Map(
  Object.entries({
    lower: text(0),
    upper: text(0),
    startswith: text(0, 1),
    endswith: text(0, 1),
    contains: text(0, 1),
    indexof: text(0, 1),
    indexof_n: text(0, 1),
    split: text(0, 1),
    substring: text(0),
    replace: text(0, 1, 2),
    trim: text(0, 1),
    trim_left: text(0, 1),
    trim_right: text(0, 1),
    trim_prefix: text(0, 1),
    trim_suffix: text(0, 1),
    trim_space: text(0),
    concat: [...text(0), { operand: 1, types: ['array', 'collection'] as const }],
    'strings.count': text(0, 1),
    'strings.reverse': text(0),
    'regex.match': [...parsed(0), ...text(1)],
    'regex.find_n': [...parsed(0), ...text(1)],
    'regex.split': [...parsed(0), ...text(1)],
    'regex.replace': [...text(0), ...parsed(1), ...text(2)],
    'glob.match': [...parsed(0), ...text(2)],
    count: countable,
    sum: listed,
    product: listed,
    max: listed,
    min: listed,
    sort: listed,
    'array.concat': [0, 1].map((operand) => ({ operand, types: ['array'] as const })),
    'array.slice': [{ operand: 0, types: ['array'] as const }],
    'object.keys': [{ operand: 0, types: ['object'] as const }],
    plus: number(0, 1),
    minus: number(0, 1),
    mul: number(0, 1),
    div: number(0, 1),
    rem: number(0, 1),
    abs: number(0),
    round: number(0),
    ceil: number(0),
    floor: number(0),
    'numbers.range': number(0, 1),
    to_number: [{ operand: 0, types: ['number'], isParsed: true }],
    'units.parse': parsed(),
    'units.parse_bytes': parsed(),
    'time.parse_rfc3339_ns': parsed(),
    'time.parse_duration_ns': parsed(),
    'time.parse_ns': parsed(1),
    'json.unmarshal': parsed(),
    'yaml.unmarshal': parsed(),
    'base64.decode': parsed(),
    'base64url.decode': parsed(),
    'hex.decode': parsed(),
    'urlquery.decode': parsed(),
    'urlquery.decode_object': parsed(),
    'net.cidr_contains': [...parsed(0), ...parsed(1)],
    'net.cidr_intersects': [...parsed(0), ...parsed(1)],
    'semver.compare': [...parsed(0), ...parsed(1)],
    'io.jwt.decode': parsed(),
  } satisfies Record<string, readonly Demand[]>),
);

/** Built-ins that ask what something is, and what it is when they hold. */
export const TYPE_GUARDS: ReadonlyMap<string, OperandType> = new Map([
  ['is_string', 'string'],
  ['is_number', 'number'],
  ['is_array', 'array'],
  ['is_object', 'object'],
  ['is_set', 'collection'],
]);

/** Built-ins that hold of text of a form, and which operand it is. */
export const FORM_GUARDS: ReadonlyMap<string, number> = new Map([
  ['regex.match', 1],
  ['regex.is_valid', 0],
  ['json.is_valid', 0],
  ['yaml.is_valid', 0],
  ['base64.is_valid', 0],
  ['semver.is_valid', 0],
  ['net.cidr_is_valid', 0],
  ['glob.match', 2],
]);
