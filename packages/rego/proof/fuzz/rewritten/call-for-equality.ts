/** The calls that can stand for an equality: both of them hold only where it does. */
const CALLS = ['<=', '>='] as const;

/** An equality of which one side begins or ends as a comprehension does. */
const EQUALITY = /(?<=[\]}]) == (?=[a-z])| == (?=[[{])/g;

/** Modules that differ only in the call that stands for the same equalities. */
export type Called = readonly Readonly<Record<string, string>>[];

/**
 * The modules with a call in place of `==` where one side begins or ends as a comprehension does: of a call OPA evaluates
 * the operands one after the other, whatever they are. First with a call for all of these equalities, then for each alone.
 *
 * A call alone proves little: it holds for more than the equality does, and what comes after it may fail then. All modules
 * of one `Called` have to fail alike: of unequal operands one of the calls does not hold, so that what fails with each call
 * is an operand, or fails without any call too. Only where one equality is come to several times, once with a lesser and
 * once with a greater operand, may it be what comes after.
 */
export function withCallsForEqualities(modules: Readonly<Record<string, string>>): readonly Called[] {
  const count = Object.values(modules).join('\n').match(EQUALITY)?.length ?? 0;
  if (count === 0) return [];
  const alone = count === 1 ? [] : Array.from({ length: count }, (_, index) => index);
  return [undefined, ...alone].map((only) => CALLS.map((call) => withCall(modules, call, only)));
}

/** The modules with `call` for all equalities, or for `only` one, counted from the first of the first module. */
function withCall(modules: Readonly<Record<string, string>>, call: string, only: number | undefined) {
  let index = 0;
  return Object.fromEntries(
    Object.entries(modules).map(([file, text]) => [
      file,
      text.replace(EQUALITY, (equality) => (only === undefined || index++ === only ? ` ${call} ` : equality)),
    ]),
  );
}
