import type { IndexedRule, RuleIndex } from '../../analysis/rule-index.ts';
import {
  dottedName,
  type Expression,
  elementsOf,
  type Rule,
  stringOf,
  type Term,
  variableOf,
} from '../../analysis/syntax.ts';
import type { LintFinding } from '../finding.ts';
import { type LintSubject, reachableRules } from '../subject.ts';

/** Shapes that cannot be put into words: OPA leaves them as they are, so that nobody can be told what they mean. */
export function shapeFindings({ bundles, index }: LintSubject): LintFinding[] {
  return bundles.flatMap((bundle) => {
    const decides = new Set(bundle.rules.flatMap(({ bodies }) => [...bodies]));
    return reachableRules(bundle, index).flatMap((indexed) =>
      shapesOf(indexed, index, decides.has(indexed)).map(({ row, code, what }) => ({
        file: indexed.module.source.file,
        row,
        code,
        severity: 'warning' as const,
        detail: `${what}, which cannot be explained in words: readers will be shown its text.`,
        mend: MENDS[code],
      })),
    );
  });
}

type ShapeCode = 'shape_else' | 'shape_router' | 'shape_interpolated' | 'shape_opaque';

const MENDS: Readonly<Record<ShapeCode, string>> = {
  shape_else: 'Write a body for each case, each with all that it depends on.',
  shape_router:
    'Give each document a rule of its own, or add to a set: `found contains x if some x in data.…`.',
  shape_interpolated: 'Make it constant, and put the words into METADATA.',
  shape_opaque: 'Have the fact worked out before, as input or data, or compare fields one by one.',
};

interface Shape {
  readonly row: number;
  readonly code: ShapeCode;
  readonly what: string;
}

/** Built-ins that take values apart in ways that have no words. */
const OPAQUE: ReadonlySet<string> = new Set([
  'walk',
  'graph.reachable',
  'graph.reachable_paths',
  'json.unmarshal',
  'yaml.unmarshal',
  'json.filter',
  'json.patch',
  'json.remove',
  'io.jwt.decode',
  'regex.find_all_string_submatch_n',
]);

const COMPREHENSIONS: ReadonlySet<string> = new Set([
  'arraycomprehension',
  'setcomprehension',
  'objectcomprehension',
]);

function shapesOf({ module, rule }: IndexedRule, index: RuleIndex, decides: boolean): Shape[] {
  const shapes: Shape[] = [];
  for (let branch = rule.else; branch !== undefined; branch = branch.else) {
    shapes.push({ row: branch.location.row, code: 'shape_else', what: 'The rule goes on with `else`' });
  }
  if (decides) shapes.push(...interpolations(rule));
  const names = index.namesIn(module);
  const isMadeBelow = (reference: Term): boolean => {
    const [head, ...rest] = elementsOf(reference);
    const name = variableOf(head) ?? '';
    const end = rest.findIndex((element) => stringOf(element) === undefined);
    // A variable at the end goes through the entries of one document; one before it chooses a document.
    if (end < 0 || end === rest.length - 1) return false;
    const constant = rest.slice(0, end).map((element) => String(element.value));
    const paths = name === 'data' ? [['data']] : names.pathsOf(name);
    return paths.some((path) => path[0] === 'data' && index.overlapping([...path, ...constant]).length > 0);
  };
  const visit = (node: unknown, row: number): void => {
    if (Array.isArray(node)) for (const element of node) visit(element, row);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const term = node as Term & Partial<Expression>;
    const at = term.location?.row ?? row;
    if (term.with !== undefined)
      shapes.push({ row: at, code: 'shape_opaque', what: 'A condition is about another world (`with`)' });
    const operator = operatorOf(term);
    if (operator !== undefined && OPAQUE.has(dottedName(operator)))
      shapes.push({ row: at, code: 'shape_opaque', what: `The rule calls \`${dottedName(operator)}\`` });
    if (COMPREHENSIONS.has(term.type) && routes(term.value, isMadeBelow))
      shapes.push({
        row: at,
        code: 'shape_router',
        what: 'A comprehension goes through documents under names that are not constant',
      });
    for (const [key, child] of Object.entries(node))
      if (key !== 'location' && key !== 'annotations') visit(child, at);
  };
  visit(rule, rule.location.row);
  return shapes;
}

function operatorOf({ type, value, terms }: Partial<Term & Expression>): Term | undefined {
  if (Array.isArray(terms)) return (terms as Term[])[0];
  return type === 'call' && Array.isArray(value) ? (value as Term[])[0] : undefined;
}

/** Text that is put together in the head of a rule that decides. */
function interpolations({ head, location }: Rule): Shape[] {
  const found: Shape[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const element of node) visit(element);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const operator = operatorOf(node);
    const isPrinted =
      operator !== undefined && ['sprintf', 'concat', 'format_int'].includes(dottedName(operator));
    if ((node as Term).type === 'templatestring' || isPrinted) {
      const row = (node as Term).location?.row ?? location.row;
      found.push({ row, code: 'shape_interpolated', what: 'The head puts a text together' });
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'location') visit(child);
  };
  visit([head.key, head.value]);
  return found;
}

/** Whether a reference in it chooses between documents that rules make by a variable. */
function routes(node: unknown, chooses: (reference: Term) => boolean): boolean {
  if (Array.isArray(node)) return node.some((element) => routes(element, chooses));
  if (typeof node !== 'object' || node === null) return false;
  if ((node as Term).type === 'ref' && chooses(node as Term)) return true;
  return Object.entries(node).some(([key, child]) => key !== 'location' && routes(child, chooses));
}
