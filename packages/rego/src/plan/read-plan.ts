import type { Builtin } from '../builtins/builtin.ts';
import { JsonReader } from './json-reader.ts';
import type { Plan } from './plan.ts';
import { type PlanTables, readBlock } from './read-statements.ts';
import { unheldLiterals } from './unheld-literals.ts';
import { UnsupportedPlan } from './unsupported-plan.ts';

/**
 * Reads the plan that `opa build -t plan` writes.
 * @param builtinOf finds a built-in that can be called by its name.
 * @throws {SyntaxError} when the text is not JSON or not a plan.
 * @throws {UnsupportedPlan} when it needs statements or built-ins that are not known, all of which are named.
 */
export function readPlan(text: string, builtinOf: (name: string) => Builtin | undefined): Plan {
  const json = new JsonReader(JSON.parse(text));
  const fixed = json.member('static');
  const stringsOf = (name: string): readonly string[] =>
    fixed.isAbsent
      ? []
      : fixed
          .member(name)
          .elements()
          .map((entry) => entry.member('value').string().toWellFormed());
  const tables: PlanTables = {
    strings: stringsOf('strings'),
    files: stringsOf('files'),
    unknownKinds: new Set(),
  };
  const plan = {
    entrypoints: json
      .member('plans')
      .member('plans')
      .elements()
      .map((entry) => ({
        name: entry.member('name').string(),
        blocks: blocksOf(entry, tables),
      })),
    functions: functionsOf(json, tables),
    builtins: builtinsOf(fixed),
  };
  const unknown = plan.builtins.map(({ name }) => name).filter((name) => builtinOf(name) === undefined);
  const builtins = [...unknown, ...unheldLiterals(plan, builtinOf)];
  if (builtins.length > 0 || tables.unknownKinds.size > 0) {
    throw new UnsupportedPlan({ builtins: builtins.sort(), statements: [...tables.unknownKinds].sort() });
  }
  return plan;
}

function blocksOf(json: JsonReader, tables: PlanTables): Plan['entrypoints'][number]['blocks'] {
  return json
    .member('blocks')
    .elements()
    .map((block) => readBlock(block, tables));
}

function functionsOf(json: JsonReader, tables: PlanTables): Plan['functions'] {
  const planned = json.member('funcs');
  if (planned.isAbsent) return [];
  return planned
    .member('funcs')
    .elements()
    .map((entry) => functionOf(entry, tables));
}

function functionOf(json: JsonReader, tables: PlanTables): Plan['functions'][number] {
  return {
    name: json.member('name').string(),
    parameters: json
      .member('params')
      .elements()
      .map((parameter) => parameter.index()),
    result: json.member('return').index(),
    blocks: blocksOf(json, tables),
    path: json
      .member('path')
      .elements()
      .map((part) => part.string()),
  };
}

function builtinsOf(fixed: JsonReader): Plan['builtins'] {
  if (fixed.isAbsent) return [];
  return fixed
    .member('builtin_funcs')
    .elements()
    .map((entry) => ({
      name: entry.member('name').string(),
      isVoid: entry.member('decl').member('result').isAbsent,
    }));
}
