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
  const reads: number[] = [];
  const locals: number[] = [];
  mapLocals(statement, {
    operand: (operand) => {
      if (operand.kind === 'local') reads.push(operand.local);
      return operand;
    },
    local: (local) => {
      locals.push(local);
      return local;
    },
  });
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

/** Every statement of the blocks and inside them, in their order. */
export function* everyStatement(blocks: readonly Block[]): Generator<Statement> {
  for (const block of blocks) {
    for (const statement of block.statements) {
      yield statement;
      yield* everyStatement(blocksOf(statement));
    }
  }
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
