import type { Block, PlannedFunction, Statement } from '../plan/plan.ts';
import { blocksOf, everyStatement, mapLocals, mentionsOf, withBlocks } from '../plan/walk.ts';

/**
 * Gives every rule of a function locals of its own. The planner numbers each rule's locals from the same number on;
 * apart they can be followed, and what one rule left in a local is never seen by another.
 */
export function renameLocals(planned: PlannedFunction): PlannedFunction {
  const shared = new Set([...planned.parameters, planned.result, ...exposedLocals(planned.blocks)]);
  const numbers = new Numbers(planned);
  return { ...planned, blocks: planned.blocks.map((block) => renameRule(block, shared, numbers)) };
}

/** Locals that some rule looks at before it has given them a value. */
function exposedLocals(blocks: readonly Block[]): ReadonlySet<number> {
  const exposed = new Set<number>();
  for (const rule of rulesOf(blocks)) {
    const written = new Set<number>();
    for (const statement of everyStatement([rule])) {
      const { reads, writes, grows } = mentionsOf(statement);
      for (const local of grows === undefined ? reads : [...reads, grows]) {
        if (!written.has(local)) exposed.add(local);
      }
      for (const local of writes) written.add(local);
    }
  }
  return exposed;
}

/** The blocks of a function, and where a block is only there to hold `else` branches, those. */
function rulesOf(blocks: readonly Block[]): readonly Block[] {
  return blocks.flatMap((block) => branchesOf(block) ?? [block]);
}

function branchesOf(block: Block): readonly Block[] | undefined {
  const [only, ...others] = block.statements;
  return only?.kind === 'block' && others.length === 0 ? only.blocks : undefined;
}

function renameRule(block: Block, shared: ReadonlySet<number>, numbers: Numbers): Block {
  const [only] = block.statements;
  const branches = branchesOf(block);
  if (only !== undefined && branches !== undefined) {
    return {
      statements: [
        withBlocks(
          only,
          branches.map((branch) => renameRule(branch, shared, numbers)),
        ),
      ],
    };
  }
  const renamed = new Map<number, number>();
  const local = (old: number): number => {
    if (shared.has(old)) return old;
    const known = renamed.get(old) ?? numbers.next();
    renamed.set(old, known);
    return known;
  };
  const rename = (statement: Statement): Statement => {
    const mapped = mapLocals(statement, {
      local,
      operand: (operand) =>
        operand.kind === 'local' ? { kind: 'local', local: local(operand.local) } : operand,
    });
    return withBlocks(mapped, blocksOf(mapped).map(renameBlock));
  };
  const renameBlock = (inner: Block): Block => ({ statements: inner.statements.map(rename) });
  return renameBlock(block);
}

/** Numbers of locals that a function does not use yet. */
class Numbers {
  #last: number;

  constructor(planned: PlannedFunction) {
    this.#last = Math.max(planned.result, ...planned.parameters);
    for (const statement of everyStatement(planned.blocks)) {
      const { reads, writes, grows = 0 } = mentionsOf(statement);
      this.#last = Math.max(this.#last, grows, ...reads, ...writes);
    }
  }

  next(): number {
    this.#last++;
    return this.#last;
  }
}
