import { type Dependence, dependenceOf } from '../plan/dependence.ts';
import type { Plan, PlannedFunction } from '../plan/plan.ts';
import { everyStatement } from '../plan/walk.ts';
import { foldConstants } from './fold-constants.ts';
import { FunctionCode, type ProgramScope } from './function-code.ts';
import { inlineBuiltins } from './inline-builtins.ts';
import { quoted } from './literal.ts';
import { markDocuments } from './mark-documents.ts';
import { renameLocals } from './rename-locals.ts';
import { RuleWrites } from './rule-writes.ts';
import { type References, Tables } from './tables.ts';

/** How a program is generated. */
export interface GenerateOptions {
  /** Whether it records what happens. Such a program collects no values that conflict: another one of the same plan does. */
  readonly isTraced: boolean;
  /** Built-ins that are not ours and so are never computed in place. */
  readonly replacedBuiltins: ReadonlySet<string>;
  /** Whether JavaScript compiles all of its functions together with the program, and not each when it is called first. */
  readonly isEager?: boolean;
}

/** JavaScript of a plan, and what it refers to by number. */
export interface GeneratedProgram {
  /** A function of R (runtime) and B (built-ins), which returns a `CompiledProgram`. */
  readonly source: string;
  readonly references: References;
}

interface Program extends ProgramScope, GenerateOptions {
  /** Which functions' results may be kept for other evaluations; undefined where none are. */
  readonly dependence: Dependence | undefined;
}

/** Generates a plan's program. Its source holds nothing of the plan but quoted strings and numbers. */
export function generateProgram(plan: Plan, options: GenerateOptions): GeneratedProgram {
  const tables = new Tables();
  const program: Program = {
    dependence: options.isTraced ? undefined : dependenceOf(plan, options.replacedBuiltins),
    tables,
    functions: new Map(plan.functions.map(({ name }, index) => [name, `f${index}`])),
    arities: new Map(plan.functions.map(({ name, parameters }) => [name, parameters.length])),
    voidBuiltins: new Set(plan.builtins.filter(({ isVoid }) => isVoid).map(({ name }) => name)),
    ...options,
  };
  const functions = plan.functions.map((planned, index) => functionSource(planned, index, program));
  const isRule = new Set(
    plan.functions.filter(({ parameters }) => parameters.length === 2).map(({ name }) => pathOf(name)),
  );
  const collectors = plan.functions.flatMap(({ name }, index) => {
    if (functions[index]?.collects !== true) return [];
    const path = pathOf(name);
    return [`${index}:{collect:c${index},path:${quoted(path)},isRule:${isRule.has(path)}}`];
  });
  const entrypoints = plan.entrypoints.map(({ blocks }, index) => {
    const scope = {
      rule: '',
      parameters: [0, 1],
      ruleWrites: new RuleWrites({ blocks }),
      number: -1,
      collects: false,
    };
    const code = new FunctionCode(program, scope).body(foldConstants({ blocks }).blocks);
    return declared(`e${index}`, `(s,l0,l1){\n${code}}`, program);
  });
  const lines = [
    '(function(R,B){"use strict";',
    'const {NONE,RegoSet,bigNumber,conflict,findFunction,insert,insertOnce,isEqual,isRegoObject,keysOf}=R;',
    'const {lengthOf,lookUp,lookUpRare,merge,objectOf,scanKindOf,setOf,treeOf,typeName,upsert}=R;',
    'const hasOwn=Object.hasOwn,isArray=Array.isArray,isSafe=Number.isSafeInteger,OP=Object.prototype;',
    ...tables.constants.map((source, index) => `const k${index}=${source};`),
    ...tables.builtins.map((_name, index) => `const b${index}=B[${index}];`),
    ...functions.map(({ source }) => source),
    dynamicTree(plan),
    ...entrypoints,
    `return {entrypoints:[${plan.entrypoints.map((_entrypoint, index) => `e${index}`).join()}],`,
    `collectors:{${collectors.join()}}};})`,
  ];
  return { source: lines.join('\n'), references: tables };
}

/** A rule's or function's path by its planned name, `g0.data.example.allow`. */
export function pathOf(name: string): string {
  return name.replace(/^g\d+\./, '');
}

/** The code of a planned function. */
interface FunctionSource {
  readonly source: string;
  /** Whether with it there is a function that collects the values of its definitions. */
  readonly collects: boolean;
}

/** Functions without operands of their own are evaluated once for each input and data. */
function functionSource(planned: PlannedFunction, number: number, program: Program): FunctionSource {
  const folded = foldConstants(markDocuments(renameLocals(planned), pathOf(planned.name)));
  const { parameters } = planned;
  const scope = { rule: pathOf(planned.name), parameters, ruleWrites: new RuleWrites(folded), number };
  const names = ['s', ...parameters.map((parameter) => `l${parameter}`)].join();
  const writer = new FunctionCode(program, { ...scope, collects: false });
  const code = writer.body(folded.blocks);
  const body = `(${names}){\nif(--s.fuel<0)s.refuel();\n${enter(planned, program)}${code}}`;
  const wrapper = wrapperSource(names, number, { planned, program });
  const own = declared(`${wrapper === '' ? 'f' : 'g'}${number}`, body, program);
  const source = wrapper === '' ? own : `${wrapper}\n${own}`;
  if (program.isTraced || !writer.mayConflict) return { source, collects: false };
  const collector = new FunctionCode(program, { ...scope, collects: true }).body(folded.blocks);
  // Never compiled beforehand: it is hardly ever called.
  return { source: `${source}\nfunction c${number}(${names}){\n${collector}}`, collects: true };
}

/** A function of the program. V8 compiles one in brackets at once. */
function declared(name: string, rest: string, { isEager = false }: Pick<GenerateOptions, 'isEager'>): string {
  return isEager ? `var ${name}=(function${rest});` : `function ${name}${rest}`;
}

/** Operands of a function under which its results are kept: looking for them must not take longer than computing. */
const OPERANDS_MAX = 4;

/** What looks for a result before a function is called; empty where none is kept. */
function wrapperSource(
  names: string,
  number: number,
  { planned, program }: { readonly planned: PlannedFunction; readonly program: Program },
): string {
  const { dependence } = program;
  const name = `f${number}`;
  const operands = planned.parameters.length - 2;
  const isIndependent = dependence?.independent.has(number) === true;
  if (operands === 0) {
    const look = `const m=s.memo,c=m[${number}];if(c!==undefined)return c===NONE?undefined:c;`;
    const computed = isIndependent ? `s.ofData(${number},g${number},l0,l1)` : `g${number}(${names})`;
    const kept = `m[${number}]=r===undefined?NONE:r;`;
    return declared(name, `(${names}){${look}const r=${computed};${kept}return r;}`, program);
  }
  // What looks at its operands alone is quickly computed again, and would crowd out what is not.
  if (!isIndependent || !dependence.ofData.has(number)) return '';
  if (operands > OPERANDS_MAX || !mayTakeLong(planned)) return '';
  const [, ...rest] = names.split(',');
  return declared(name, `(${names}){return s.ofOperands(${number},g${number},${rest.join()});}`, program);
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
