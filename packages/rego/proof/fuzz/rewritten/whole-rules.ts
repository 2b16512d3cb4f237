/** Stands at the end of the names of rules that another one is made of. */
const SUFFIX = '__of_whole';

type Modules = Readonly<Record<string, string>>;

/** Names of the partial rules of the modules. */
export function partialRules(modules: Modules): ReadonlySet<string> {
  return new Set(Object.values(modules).flatMap(namesIn));
}

/**
 * The modules with `r := r__of_whole` in place of the partial rules of these names, which get that name: looked up by a
 * key, they are then evaluated as a whole.
 */
export function withWholeRules(modules: Modules, wanted: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(modules).map(([file, text]) => {
      let changed = text;
      for (const name of new Set(namesIn(text)).intersection(wanted)) {
        const renamed = changed.replace(new RegExp(`^${name}(?=[.[]| contains )`, 'gm'), `${name}${SUFFIX}`);
        changed = `${renamed}\n\n${name} := ${name}${SUFFIX}`;
      }
      return [file, changed];
    }),
  );
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/^(r\d+)(?=[.[]| contains )/gm)].map(([, name = '']) => name);
}

/** A message with the names that the rules had before. */
export function withoutSuffix(message: string): string {
  return message.replaceAll(SUFFIX, '');
}
