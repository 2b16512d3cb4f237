import type { Block, Operand, PlannedFunction, Statement } from '../plan/plan.ts';
import { blocksOf, everyStatement, mapLocals, mentionsOf, withBlocks } from '../plan/walk.ts';
import { RegoSet } from '../values/collections.ts';
import { insert } from '../values/objects.ts';
import type { ObjectValue, Value } from '../values/value.ts';

/**
 * Puts constants where they are used: numbers, and sets, arrays and objects that hold nothing but constants, are made
 * once and not in every evaluation. Statements that nothing looks at any more are left out.
 */
export function foldConstants<Planned extends Pick<PlannedFunction, 'blocks'>>(planned: Planned): Planned {
  const folder = new Folder(planned.blocks);
  const folded = planned.blocks.map((block) => folder.fold(block, new Map()));
  return { ...planned, blocks: prune(folded, folder.folded) };
}

type Constants = Map<number, Value>;

class Folder {
  /** Locals whose collections are constants. */
  readonly folded = new Set<number>();
  readonly #candidates: ReadonlySet<number>;
  readonly #building = new Map<number, Value>();

  constructor(blocks: readonly Block[]) {
    this.#candidates = candidatesOf(blocks);
  }

  /** The block with constants put in, given the locals that are known before it. Changes what is known. */
  fold(block: Block, known: Constants): Block {
    const outside = new Set(this.#building.keys());
    const statements = block.statements.map((statement) => this.#foldStatement(statement, known));
    // After the block it may have been left before a collection was made.
    for (const local of [...this.#building.keys()]) if (!outside.has(local)) this.#building.delete(local);
    return { statements };
  }

  #foldStatement(statement: Statement, known: Constants): Statement {
    this.#finish(statement, known);
    const folded = mapLocals(statement, {
      local: (local) => local,
      operand: (operand) => constantOf(operand, known) ?? operand,
    });
    const inner = blocksOf(folded);
    if (inner.length > 0) return this.#foldInside(folded, known);
    this.#build(folded);
    for (const local of mentionsOf(folded).writes) known.delete(local);
    if (folded.kind === 'assign' && folded.source.kind === 'constant') {
      known.set(folded.target, folded.source.value);
    }
    return folded;
  }

  /** What is written inside may be written or not, once or often: it is known neither inside a loop nor after. */
  #foldInside(statement: Statement, known: Constants): Statement {
    const written = [statement, ...everyStatement(blocksOf(statement))].flatMap(
      (one) => mentionsOf(one).writes,
    );
    for (const local of written) known.delete(local);
    const blocks = blocksOf(statement).map((block) => this.fold(block, new Map(known)));
    return withBlocks(statement, blocks);
  }

  /** Follows a collection that may turn out to be constant. */
  #build(statement: Statement): void {
    const { grows } = mentionsOf(statement);
    if (statement.kind === 'make' && this.#candidates.has(statement.target)) {
      const { collection } = statement;
      const empty = collection === 'set' ? new RegoSet() : collection === 'array' ? [] : {};
      this.#building.set(statement.target, empty);
    } else if (grows !== undefined && this.#building.has(grows)) {
      const grown = grow(this.#building.get(grows) as Value, statement);
      if (grown === undefined) this.#building.delete(grows);
      else this.#building.set(grows, grown);
    }
  }

  /** A collection is complete where it is looked at first. */
  #finish(statement: Statement, known: Constants): void {
    const mentioned = [statement, ...everyStatement(blocksOf(statement))].flatMap(
      (one) => mentionsOf(one).reads,
    );
    for (const local of mentioned) {
      const value = this.#building.get(local);
      if (value === undefined) continue;
      this.#building.delete(local);
      this.folded.add(local);
      known.set(local, value);
    }
  }
}

/**
 * Locals that are made once, filled by the statements that follow in the same block, and only then looked at, by
 * statements that can take a constant, in or inside the rest of that block.
 */
function candidatesOf(blocks: readonly Block[]): ReadonlySet<number> {
  const all = new Tally(everyStatement(blocks));
  const fit = new Set<number>();
  const visit = (block: Block): void => {
    for (const [index, statement] of block.statements.entries()) {
      for (const inner of blocksOf(statement)) visit(inner);
      if (statement.kind !== 'make') continue;
      const { target } = statement;
      const rest = block.statements.slice(index + 1);
      const isWhole =
        all.writes.of(target) === 1 &&
        all.tests.of(target) === 0 &&
        new Tally(everyStatement([{ statements: rest }])).reads.of(target) === all.reads.of(target) &&
        growthsBeforeRead(rest, target) === all.growths.of(target);
      if (isWhole) fit.add(target);
    }
  };
  for (const block of blocks) visit(block);
  return fit;
}

/** How often each local is written, read, grown and tested for being defined. */
class Tally {
  readonly writes = new Counts();
  readonly reads = new Counts();
  readonly growths = new Counts();
  readonly tests = new Counts();

  constructor(statements: Iterable<Statement>) {
    for (const statement of statements) {
      const { reads, writes, grows } = mentionsOf(statement);
      for (const local of writes) this.writes.add(local);
      for (const local of reads) this.reads.add(local);
      if (grows !== undefined) this.growths.add(grows);
      if (statement.kind === 'is_defined' || statement.kind === 'is_undefined')
        this.tests.add(statement.source);
    }
  }
}

class Counts {
  readonly #counts = new Map<number, number>();

  add(local: number): void {
    this.#counts.set(local, this.of(local) + 1);
  }

  of(local: number): number {
    return this.#counts.get(local) ?? 0;
  }
}

function growthsBeforeRead(statements: readonly Statement[], local: number): number {
  let count = 0;
  for (const statement of statements) {
    for (const inner of [statement, ...everyStatement(blocksOf(statement))]) {
      if (mentionsOf(inner).reads.includes(local)) return count;
    }
    if (mentionsOf(statement).grows === local) count++;
  }
  return count;
}

/** The collection with one more constant in it, or undefined where that is none or may conflict. */
function grow(collection: Value, statement: Statement): Value | undefined {
  switch (statement.kind) {
    case 'append':
      if (statement.value.kind !== 'constant') return undefined;
      return [...(collection as readonly Value[]), statement.value.value];
    case 'add':
      if (statement.value.kind !== 'constant') return undefined;
      (collection as RegoSet).add(statement.value.value);
      return collection;
    case 'insert':
      if (statement.key.kind !== 'constant' || statement.value.kind !== 'constant') return undefined;
      return insert(collection as ObjectValue, statement.key.value, statement.value.value);
    default:
      return undefined;
  }
}

function constantOf(operand: Operand, known: Constants): Operand | undefined {
  if (operand.kind === 'constant') return operand;
  const value = known.get(operand.local);
  return value === undefined ? undefined : { kind: 'constant', value };
}

function prune(blocks: readonly Block[], folded: ReadonlySet<number>): readonly Block[] {
  const looked = new Set<number>();
  for (const statement of everyStatement(blocks)) {
    for (const local of mentionsOf(statement).reads) looked.add(local);
  }
  const isNeeded = (statement: Statement): boolean => {
    const { grows } = mentionsOf(statement);
    if (grows !== undefined && folded.has(grows)) return false;
    if (statement.kind === 'make') return !folded.has(statement.target);
    return (
      statement.kind !== 'assign' || statement.source.kind !== 'constant' || looked.has(statement.target)
    );
  };
  const pruneBlock = (block: Block): Block => ({
    statements: block.statements
      .filter(isNeeded)
      .map((statement) => withBlocks(statement, blocksOf(statement).map(pruneBlock))),
  });
  return blocks.map(pruneBlock);
}
