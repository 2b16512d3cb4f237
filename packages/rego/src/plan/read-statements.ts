import { BigNumber, numberOf } from '../values/big-number.ts';
import type { Value } from '../values/value.ts';
import type { JsonReader } from './json-reader.ts';
import type { Block, Collection, Location, Operand, Statement } from './plan.ts';

/** What statements refer to by number, and where kinds that are not known are noted. */
export interface PlanTables {
  readonly strings: readonly string[];
  readonly files: readonly string[];
  readonly unknownKinds: Set<string>;
}

/** The statements of a block; kinds that are not known are noted and left out. */
export function readBlock(json: JsonReader, tables: PlanTables): Block {
  const statements: Statement[] = [];
  for (const element of json.member('stmts').elements()) {
    const kind = element.member('type').string();
    const read = READERS.get(kind);
    if (read === undefined) {
      tables.unknownKinds.add(kind);
      continue;
    }
    const fields = new Fields(element.member('stmt'), tables);
    const body = read(fields);
    if (body !== undefined) statements.push({ at: fields.location(), ...body } as Statement);
  }
  return { statements };
}

/** A statement without its location. */
type Body = WithoutLocation<Statement>;

type WithoutLocation<One> = One extends Statement ? Omit<One, 'at'> : never;

type Reader = (fields: Fields) => Body | undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['NopStmt', () => undefined],
  ['ReturnLocalStmt', (f) => ({ kind: 'return', source: f.localOperand('source') })],
  [
    'CallStmt',
    (f) => ({ kind: 'call', name: f.text('func'), operands: f.operands('args'), result: f.local('result') }),
  ],
  [
    'CallDynamicStmt',
    (f) => ({
      kind: 'call_dynamic',
      operands: f.locals('args').map((local) => ({ kind: 'local', local })),
      result: f.local('result'),
      path: f.operands('path'),
    }),
  ],
  ['BlockStmt', (f) => ({ kind: 'block', blocks: f.blocks('blocks') })],
  ['BreakStmt', (f) => ({ kind: 'break', index: f.local('index') })],
  [
    'DotStmt',
    (f) => ({ kind: 'dot', source: f.operand('source'), key: f.operand('key'), target: f.local('target') }),
  ],
  ['LenStmt', (f) => ({ kind: 'length', source: f.operand('source'), target: f.local('target') })],
  [
    'ScanStmt',
    (f) => ({
      kind: 'scan',
      source: f.localOperand('source'),
      key: f.local('key'),
      value: f.local('value'),
      block: f.block('block'),
    }),
  ],
  ['NotStmt', (f) => ({ kind: 'not', block: f.block('block') })],
  ['AssignIntStmt', (f) => f.constant(f.number('value'))],
  ['AssignVarStmt', (f) => ({ kind: 'assign', source: f.operand('source'), target: f.local('target') })],
  [
    'AssignVarOnceStmt',
    (f) => ({ kind: 'assign_once', source: f.operand('source'), target: f.local('target') }),
  ],
  ['ResetLocalStmt', (f) => ({ kind: 'reset', target: f.local('target') })],
  ['MakeNullStmt', (f) => f.constant(null)],
  ['MakeNumberIntStmt', (f) => f.constant(f.number('value'))],
  ['MakeNumberRefStmt', (f) => f.constant(f.numberText('Index'))],
  ['MakeArrayStmt', (f) => f.make('array')],
  ['MakeObjectStmt', (f) => f.make('object')],
  ['MakeSetStmt', (f) => f.make('set')],
  ['EqualStmt', (f) => ({ kind: 'equal', left: f.operand('a'), right: f.operand('b') })],
  ['NotEqualStmt', (f) => ({ kind: 'not_equal', left: f.operand('a'), right: f.operand('b') })],
  ['IsArrayStmt', (f) => f.isType('array')],
  ['IsObjectStmt', (f) => f.isType('object')],
  ['IsSetStmt', (f) => f.isType('set')],
  ['IsDefinedStmt', (f) => ({ kind: 'is_defined', source: f.local('source') })],
  ['IsUndefinedStmt', (f) => ({ kind: 'is_undefined', source: f.local('source') })],
  ['ArrayAppendStmt', (f) => ({ kind: 'append', value: f.operand('value'), target: f.local('array') })],
  ['SetAddStmt', (f) => ({ kind: 'add', value: f.operand('value'), target: f.local('set') })],
  ['ObjectInsertStmt', (f) => f.insertion('insert')],
  ['ObjectInsertOnceStmt', (f) => f.insertion('insert_once')],
  [
    'ObjectMergeStmt',
    (f) => ({
      kind: 'merge',
      left: f.localOperand('a'),
      right: f.localOperand('b'),
      target: f.local('target'),
    }),
  ],
  [
    'WithStmt',
    (f) => ({
      kind: 'with',
      local: f.local('local'),
      path: f.strings('path'),
      value: f.operand('value'),
      block: f.block('block'),
    }),
  ],
  ['ResultSetAddStmt', (f) => ({ kind: 'add_result', value: f.localOperand('value') })],
]);

/** The fields of one statement. */
class Fields {
  readonly #json: JsonReader;
  readonly #tables: PlanTables;

  constructor(json: JsonReader, tables: PlanTables) {
    this.#json = json;
    this.#tables = tables;
  }

  location(): Location {
    const file = this.#tables.files[this.#json.member('file').index()] ?? '';
    return { file, row: this.#json.member('row').index(), column: this.#json.member('col').index() };
  }

  text(name: string): string {
    return this.#json.member(name).string();
  }

  number(name: string): number {
    return this.#json.member(name).integer();
  }

  local(name: string): number {
    return this.#json.member(name).index();
  }

  locals(name: string): readonly number[] {
    return this.#json
      .member(name)
      .elements()
      .map((element) => element.index());
  }

  localOperand(name: string): Operand {
    return { kind: 'local', local: this.local(name) };
  }

  operand(name: string): Operand {
    return this.#operandOf(this.#json.member(name));
  }

  operands(name: string): readonly Operand[] {
    return this.#json
      .member(name)
      .elements()
      .map((element) => this.#operandOf(element));
  }

  string(name: string): string {
    return stringAt(this.#json.member(name), this.#tables);
  }

  /** A number by its text. Rego takes `.5`, which can be computed with and not be written as JSON. */
  numberText(name: string): Value {
    const text = this.string(name);
    if (/^-?\d/.test(text)) return numberOf(text);
    if (/^-?\.\d+(?:[eE][+-]?\d+)?$/.test(text)) return BigNumber.ofText(text);
    this.#tables.unknownKinds.add(`number ${text}`);
    return null;
  }

  strings(name: string): readonly string[] {
    return this.#json
      .member(name)
      .elements()
      .map((element) => stringAt(element, this.#tables));
  }

  block(name: string): Block {
    return readBlock(this.#json.member(name), this.#tables);
  }

  blocks(name: string): readonly Block[] {
    return this.#json
      .member(name)
      .elements()
      .map((element) => readBlock(element, this.#tables));
  }

  constant(value: Value): Body {
    return {
      kind: 'assign',
      source: { kind: 'constant', value },
      target: this.local('target'),
      isLiteral: true,
    };
  }

  make(collection: Collection): Body {
    return { kind: 'make', collection, target: this.local('target') };
  }

  isType(collection: Collection): Body {
    return { kind: 'is_type', collection, source: this.operand('source') };
  }

  insertion(kind: 'insert' | 'insert_once'): Body {
    return { kind, key: this.operand('key'), value: this.operand('value'), target: this.local('object') };
  }

  #operandOf(json: JsonReader): Operand {
    const type = json.member('type').string();
    const value = json.member('value');
    switch (type) {
      case 'local':
        return { kind: 'local', local: value.index() };
      case 'string_index':
        return { kind: 'constant', value: stringAt(value, this.#tables) };
      case 'bool':
        return { kind: 'constant', value: value.boolean() };
      default:
        this.#tables.unknownKinds.add(`operand ${type}`);
        return { kind: 'constant', value: null };
    }
  }
}

function stringAt(json: JsonReader, tables: PlanTables): string {
  const text = tables.strings[json.index()];
  if (text === undefined) throw new SyntaxError(`not a plan: there is no string ${json.index()}`);
  return text;
}
