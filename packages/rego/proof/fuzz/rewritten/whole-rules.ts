/** Stands at the end of the names of rules that another one is made of. */
const SUFFIX = '__of_whole';

/**
 * The modules with `r := r__of_whole` in place of every partial rule, which gets that name: looked up by a key, it is then
 * evaluated as a whole.
 */
export function withWholeRules(modules: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(modules).map(([file, text]) => {
      const names = new Set([...text.matchAll(/^(r\d+)(?=[.[]| contains )/gm)].map(([, name = '']) => name));
      let changed = text;
      for (const name of names) {
        const renamed = changed.replace(new RegExp(`^${name}(?=[.[]| contains )`, 'gm'), `${name}${SUFFIX}`);
        changed = `${renamed}\n\n${name} := ${name}${SUFFIX}`;
      }
      return [file, changed];
    }),
  );
}

/** A message with the names that the rules had before. */
export function withoutSuffix(message: string): string {
  return message.replaceAll(SUFFIX, '');
}
