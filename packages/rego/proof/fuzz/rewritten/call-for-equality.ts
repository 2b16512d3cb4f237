/**
 * The modules with `<=` in place of `==` where one side begins or ends as a comprehension does: of a call OPA evaluates the
 * operands one after the other, whatever they are.
 */
export function withCallForEquality(modules: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(modules).map(([file, text]) => [
      file,
      text.replace(/(?<=[\]}]) == (?=[a-z])| == (?=[[{])/g, ' <= '),
    ]),
  );
}
