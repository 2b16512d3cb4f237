import type { Block, Operand, Statement } from './plan.ts';

/** The locals a statement mentions itself, without the statements inside it. */
export interface Mentions {
  /** Locals whose value it looks at, be it undefined. */
  readonly reads: readonly number[];
  /** Locals it gives a value. */
  readonly writes: readonly number[];
  /** A local whose collection it adds to. */
  readonly grows: number | undefined;
}

/** The blocks inside a statement. */
export function blocksOf(statement: Statement): readonly Block[] {
  switch (statement.kind) {
    case 'block':
      return statement.blocks;
    case 'scan':
    case 'not':
    case 'with':
      return [statement.block];
    default:
      return [];
  }
}

/** The same statement with the given blocks inside. */
export function withBlocks(statement: Statement, blocks: readonly Block[]): Statement {
  const [block = { statements: [] }] = blocks;
  switch (statement.kind) {
    case 'block':
      return { ...statement, blocks };
    case 'scan':
    case 'not':
    case 'with':
      return { ...statement, block };
    default:
      return statement;
  }
}

/** The same statement with every operand and every local replaced; blocks inside are left as they are. */
export function mapLocals(
  statement: Statement,
  map: { readonly operand: (operand: Operand) => Operand; readonly local: (local: number) => number },
): Statement {
  const mapped: Record<string, unknown> = { ...statement };
  for (const name of OPERAND_FIELDS) {
    if (Object.hasOwn(mapped, name) && isOperand(mapped[name])) mapped[name] = map.operand(mapped[name]);
  }
  for (const name of OPERAND_LIST_FIELDS) {
    if (Object.hasOwn(mapped, name) && isOperandList(mapped[name]))
      mapped[name] = mapped[name].map(map.operand);
  }
  for (const name of LOCAL_FIELDS) {
    if (typeof mapped[name] === 'number') mapped[name] = map.local(mapped[name]);
  }
  return mapped as Statement;
}

/** What a statement itself reads and writes. */
export function mentionsOf(statement: Statement): Mentions {
  const { reads, locals } = localsOf(statement);
  switch (statement.kind) {
    case 'append':
    case 'add':
    case 'insert':
    case 'insert_once':
      return { reads, writes: [], grows: statement.target };
    case 'is_defined':
    case 'is_undefined':
      return { reads: locals, writes: [], grows: undefined };
    case 'assign_once':
    case 'with':
      return { reads: [...reads, ...locals], writes: locals, grows: undefined };
    default:
      return { reads, writes: locals, grows: undefined };
  }
}

/** The locals among a statement's operands, and those that it names otherwise. */
function localsOf(statement: Statement): { readonly reads: number[]; readonly locals: number[] } {
  const fields = statement as unknown as Readonly<Record<string, unknown>>;
  const reads: number[] = [];
  const locals: number[] = [];
  const read = (operand: unknown) => {
    if (isOperand(operand) && operand.kind === 'local') reads.push(operand.local);
  };
  for (const name of OPERAND_FIELDS) if (Object.hasOwn(fields, name)) read(fields[name]);
  for (const name of OPERAND_LIST_FIELDS) {
    const list = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (isOperandList(list)) for (const operand of list) read(operand);
  }
  for (const name of LOCAL_FIELDS) {
    const local = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof local === 'number') locals.push(local);
  }
  return { reads, locals };
}

/** Every statement of the blocks and inside them, in their order. */
export function everyStatement(blocks: readonly Block[]): readonly Statement[] {
  const every: Statement[] = [];
  const visit = (block: Block): void => {
    for (const statement of block.statements) {
      every.push(statement);
      for (const inner of blocksOf(statement)) visit(inner);
    }
  };
  for (const block of blocks) visit(block);
  return every;
}

const OPERAND_FIELDS = ['source', 'key', 'value', 'left', 'right'] as const;
const OPERAND_LIST_FIELDS = ['operands', 'path'] as const;
const LOCAL_FIELDS = ['target', 'result', 'source', 'key', 'value', 'local'] as const;

function isOperand(field: unknown): field is Operand {
  return typeof field === 'object' && field !== null && 'kind' in field;
}

function isOperandList(field: unknown): field is readonly Operand[] {
  return Array.isArray(field) && field.every(isOperand);
}
