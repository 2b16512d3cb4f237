/** What a hook is known by: one without it is somebody else’s, and is not overwritten. */
export const HOOK_MARK = '# Made by `bailiff policy hook`';

/** A hook that keeps back a commit whose policy, as it is staged, does not pass. */
export function hookScript({
  bailiff,
  folder,
}: {
  readonly bailiff: string;
  readonly folder: string;
}): string {
  return `#!/bin/sh
${HOOK_MARK}; run that again with --write to renew it.
# Looks at the policy as it is staged, whatever else lies in the working tree. \`git commit --no-verify\` passes it over.
set -eu
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
"$bailiff" policy test "$folder" --without-sources
`;
}

/** A word as the shell takes it, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
