import type { BundleModule } from '../../analysis/syntax.ts';
import type { Finding } from '../../finding.ts';

/** OPA’s compiler takes twice as long for each comprehension that lies in another: beyond so many nobody waits for it. */
const NESTED_MAX = 12;

/** Modules that OPA would not get through, told before it is asked to. */
export function nestingFindings(modules: readonly BundleModule[]): Finding[] {
  return modules.flatMap(({ source, syntax }) => {
    const row = tooNestedAt(syntax);
    if (row === undefined) return [];
    const detail = `Comprehensions and \`every\` are nested more than ${NESTED_MAX} deep.`;
    const mend = 'Give what is inside a rule of its own.';
    return [{ file: source.file, row, code: 'module_too_complex', detail, mend }];
  });
}

/** Walks with a list and not with the stack, which would end before the nesting does. */
function tooNestedAt(syntax: unknown): number | undefined {
  const pending: { readonly node: unknown; readonly depth: number; readonly row: number }[] = [
    { node: syntax, depth: 0, row: 1 },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth, row } = next;
    if (typeof node !== 'object' || node === null) continue;
    const { location, body } = node as { location?: { row?: number }; body?: unknown };
    const at = location?.row ?? row;
    const isNested = Array.isArray(body) && !('head' in node);
    if (isNested && depth >= NESTED_MAX) return at;
    for (const [key, child] of Object.entries(node))
      if (key !== 'location') pending.push({ node: child, depth: isNested ? depth + 1 : depth, row: at });
  }
  return undefined;
}
