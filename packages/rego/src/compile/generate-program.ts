import { type Dependence, dependenceInParts } from '../plan/dependence.ts';
import { inOnePiece } from '../plan/in-parts.ts';
import type { Plan, PlannedFunction } from '../plan/plan.ts';
import { everyStatement } from '../plan/walk.ts';
import { foldConstants } from './fold-constants.ts';
import { FunctionCode, type ProgramScope } from './function-code.ts';
import { inlineBuiltins } from './inline-builtins.ts';
import { quoted } from './literal.ts';
import { markDocuments } from './mark-documents.ts';
import { renameLocals } from './rename-locals.ts';
import { RuleWrites } from './rule-writes.ts';
import { Tables } from './tables.ts';

/** How a program is generated. */
export interface GenerateOptions {
  /** Whether it records what happens. */
  readonly isTraced: boolean;
  /** Whether it has, for each function, another one that collects the values of its definitions. */
  readonly collectsConflicts: boolean;
  /** Built-ins that are not ours and so are never computed in place. */
  readonly replacedBuiltins: ReadonlySet<string>;
}

/** JavaScript of a plan, and what it refers to by number. */
export interface GeneratedProgram {
  /** The body of a function of R (runtime), K (constants) and B (built-ins), which returns a `CompiledProgram`. */
  readonly source: string;
  readonly tables: Tables;
}

interface Program extends ProgramScope, GenerateOptions {
  /** Which functions' results may be kept for other evaluations; undefined where none are. */
  readonly dependence: Dependence | undefined;
}

/** Generates a plan's program. Its source holds nothing of the plan but quoted strings and numbers. */
export function generateProgram(plan: Plan, options: GenerateOptions): GeneratedProgram {
  return inOnePiece(generateInParts(plan, options));
}

/** The same, stopping after each function: a large plan takes longer than others may wait. */
export function* generateInParts(plan: Plan, options: GenerateOptions): Generator<void, GeneratedProgram> {
  const tables = new Tables();
  const keepsNothing = options.isTraced || options.collectsConflicts;
  const program: Program = {
    dependence: keepsNothing ? undefined : yield* dependenceInParts(plan, options.replacedBuiltins),
    tables,
    functions: new Map(plan.functions.map(({ name }, index) => [name, `f${index}`])),
    arities: new Map(plan.functions.map(({ name, parameters }) => [name, parameters.length])),
    voidBuiltins: new Set(plan.builtins.filter(({ isVoid }) => isVoid).map(({ name }) => name)),
    ...options,
  };
  const functions: string[] = [];
  for (const [index, planned] of plan.functions.entries()) {
    functions.push(functionSource(planned, index, program));
    yield;
  }
  const entrypoints = plan.entrypoints.map(({ blocks }, index) => {
    const scope = {
      rule: '',
      parameters: [0, 1],
      ruleWrites: new RuleWrites({ blocks }),
      number: -1,
      collects: false,
    };
    const code = new FunctionCode(program, scope).body(foldConstants({ blocks }).blocks);
    return `function e${index}(s,l0,l1){\n${code}}`;
  });
  const lines = [
    '"use strict";',
    'const {NONE,RegoSet,conflict,findFunction,insert,insertOnce,isEqual,isRegoObject,keysOf}=R;',
    'const {lengthOf,lookUp,lookUpRare,merge,scanKindOf,treeOf,typeName,upsert}=R;',
    'const hasOwn=Object.hasOwn,isArray=Array.isArray,isSafe=Number.isSafeInteger,OP=Object.prototype;',
    ...tables.constants.map((_constant, index) => `const k${index}=K[${index}];`),
    ...tables.builtins.map((_name, index) => `const b${index}=B[${index}];`),
    ...functions,
    dynamicTree(plan),
    ...entrypoints,
    `return {entrypoints:[${plan.entrypoints.map((_entrypoint, index) => `e${index}`).join()}],`,
    `collectors:[${options.collectsConflicts ? plan.functions.map((_planned, index) => `c${index}`).join() : ''}]};`,
  ];
  return { source: lines.join('\n'), tables };
}

/** A rule's or function's path by its planned name, `g0.data.example.allow`. */
export function pathOf(name: string): string {
  return name.replace(/^g\d+\./, '');
}

/** Functions without operands of their own are evaluated once for each input and data. */
function functionSource(planned: PlannedFunction, number: number, program: Program): string {
  const folded = foldConstants(markDocuments(renameLocals(planned), pathOf(planned.name)));
  const { parameters } = planned;
  const scope = { rule: pathOf(planned.name), parameters, ruleWrites: new RuleWrites(folded), number };
  const names = ['s', ...parameters.map((parameter) => `l${parameter}`)].join();
  const code = new FunctionCode(program, { ...scope, collects: false }).body(folded.blocks);
  const body = `(${names}){\nif(--s.fuel<0)s.refuel();\n${enter(planned, program)}${code}}`;
  const wrapper = wrapperSource(number, names, { planned, dependence: program.dependence });
  const source = wrapper === '' ? `function f${number}${body}` : `${wrapper}\nfunction g${number}${body}`;
  if (!program.collectsConflicts) return source;
  const collector = new FunctionCode(program, { ...scope, collects: true }).body(folded.blocks);
  return `${source}\nfunction c${number}(${names}){\n${collector}}`;
}

/** Operands of a function under which its results are kept: looking for them must not take longer than computing. */
const OPERANDS_MAX = 4;

/** What looks for a result before a function is called; empty where none is kept. */
function wrapperSource(
  number: number,
  names: string,
  { planned, dependence }: { readonly planned: PlannedFunction; readonly dependence: Dependence | undefined },
): string {
  const operands = planned.parameters.length - 2;
  const isIndependent = dependence?.independent.has(number) === true;
  if (operands === 0) {
    const look = `const m=s.memo,c=m[${number}];if(c!==undefined)return c===NONE?undefined:c;`;
    const computed = isIndependent ? `s.ofData(${number},g${number},l0,l1)` : `g${number}(${names})`;
    return `function f${number}(${names}){${look}const r=${computed};m[${number}]=r===undefined?NONE:r;return r;}`;
  }
  // What looks at its operands alone is quickly computed again, and would crowd out what is not.
  if (!isIndependent || !dependence.ofData.has(number)) return '';
  if (operands > OPERANDS_MAX || !mayTakeLong(planned)) return '';
  const [, ...rest] = names.split(',');
  return `function f${number}(${names}){return s.ofOperands(${number},g${number},${rest.join()});}`;
}

/** Whether a function does more than looking for a result takes: it has a loop, or calls what may have one. */
function mayTakeLong({ blocks }: PlannedFunction): boolean {
  return everyStatement(blocks).some(
    (statement) =>
      statement.kind === 'scan' || (statement.kind === 'call' && !inlineBuiltins.has(statement.name)),
  );
}

function enter(planned: PlannedFunction, { tables, isTraced }: ProgramScope): string {
  if (!isTraced) return '';
  const at = planned.blocks[0]?.statements[0]?.at ?? { file: '', row: 0, column: 0 };
  const place = tables.place({ ...at, rule: pathOf(planned.name) });
  const operand = planned.parameters[2];
  return `s.trace.record("enter",${place},${operand === undefined ? 'undefined' : `l${operand}`});\n`;
}

/** Rules as dynamic calls find them: by path, those without operands of their own. */
function dynamicTree(plan: Plan): string {
  const found = plan.functions
    .map(({ path, parameters }, index) => ({ path, parameters, index }))
    .filter(({ path, parameters }) => path.length > 0 && parameters.length === 2);
  const paths = found.map(({ path }) => `[${path.map(quoted).join()}]`).join();
  return `const d=treeOf([${paths}],[${found.map(({ index }) => `f${index}`).join()}]);`;
}
