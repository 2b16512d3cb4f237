/** What the second line of a hook begins with that was made here. */
const MARK = '# Made by `bailiff policy hook`';

/** What such a hook ends with. */
const LAST = '"$bailiff" policy test "$folder" --without-sources\n';

export interface HookOptions {
  /** Path of the launcher. */
  readonly bailiff: string;
  /** The policy folder, from the root of the repository. */
  readonly folder: string;
}

/** A hook that keeps back a commit whose policy, as it is staged, does not pass. */
export function hookScript(options: HookOptions): string {
  return `#!/bin/sh
${MARK}; run that again with --write to renew it.
# Looks at the policy as it is staged, whatever else lies in the working tree. \`git commit --no-verify\` passes it over.
${checks(options)}`;
}

/** The same as lines of a hook that does other things before and after: it changes nothing of the shell around it. */
export function hookLines(options: HookOptions): string {
  return `# Looks at the policy as it is staged. These lines can stand anywhere in a pre-commit hook for sh or bash.
(
${checks(options)})
bailiff_status=$?
[ "$bailiff_status" -eq 0 ] || exit "$bailiff_status"
`;
}

/** Whether a hook was made here and nobody added to its end. Another one is somebody else’s, and is not overwritten. */
export function isMadeHere(script: string): boolean {
  return (script.split('\n')[1] ?? '').startsWith(MARK) && script.endsWith(LAST);
}

function checks({ bailiff, folder }: HookOptions): string {
  return `set -eu
bailiff=\${BAILIFF:-${quoted(bailiff)}}
folder=${quoted(folder)}

git diff --cached --quiet -- "$folder" && exit 0

staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
# The configuration says of servers what cases are decided by.
git ls-files --cached -z -- "$folder" bailiff.yaml | git checkout-index -z --stdin --prefix="$staged/"
unset $(git rev-parse --local-env-vars)
cd "$staged"

"$bailiff" policy fmt "$folder" --check || {
  echo "Run: $bailiff policy fmt $folder, and stage what it writes." >&2
  exit 1
}
"$bailiff" policy check "$folder" --without-sources
${LAST}`;
}

/** A word as the shell takes it, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
