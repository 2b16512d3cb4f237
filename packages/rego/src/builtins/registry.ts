import type { Builtin, BuiltinGroup } from './builtin.ts';
import { arrayBuiltins } from './collections/arrays.ts';
import { membershipBuiltins } from './collections/membership.ts';
import { objectBuiltins } from './collections/objects.ts';
import { setBuiltins } from './collections/sets.ts';
import { subsetBuiltins } from './collections/subset.ts';
import { typeBuiltins } from './collections/types.ts';
import { walkBuiltins } from './collections/walk.ts';
import { cryptoBuiltins } from './crypto/hashes.ts';
import { jsonBuiltins } from './documents/json.ts';
import { jsonPartBuiltins } from './documents/json-parts.ts';
import { jsonPatchBuiltins } from './documents/json-patch.ts';
import { yamlBuiltins } from './documents/yaml.ts';
import { base64Builtins } from './encodings/base64.ts';
import { hexBuiltins } from './encodings/hex.ts';
import { semverBuiltins } from './encodings/semver.ts';
import { uriBuiltins } from './encodings/uri.ts';
import { urlQueryBuiltins } from './encodings/url-query.ts';
import { graphBuiltins } from './graphs/reachable.ts';
import { netBuiltins } from './net/cidr.ts';
import { aggregateBuiltins } from './numbers/aggregates.ts';
import { arithmeticBuiltins } from './numbers/arithmetic.ts';
import { bitsBuiltins } from './numbers/bits.ts';
import { comparisonBuiltins } from './numbers/comparison.ts';
import { conversionBuiltins } from './numbers/conversion.ts';
import { randomBuiltins } from './numbers/random.ts';
import { rangeBuiltins } from './numbers/ranges.ts';
import { unitsBuiltins } from './numbers/units.ts';
import { globBuiltins } from './patterns/globs.ts';
import { regexBuiltins } from './patterns/regexes.ts';
import { reportingBuiltins } from './text/reporting.ts';
import { rewritingBuiltins } from './text/rewriting.ts';
import { searchBuiltins } from './text/search.ts';
import { sprintfBuiltins } from './text/sprintf.ts';
import { trimBuiltins } from './text/trim.ts';
import { timeBuiltins } from './time/time.ts';
import { tokenBuiltins } from './tokens/jwt.ts';
import { uuidBuiltins } from './tokens/uuid.ts';

/** Every group of built-ins there is. */
const GROUPS: readonly BuiltinGroup[] = [
  arrayBuiltins,
  membershipBuiltins,
  objectBuiltins,
  setBuiltins,
  subsetBuiltins,
  typeBuiltins,
  walkBuiltins,
  cryptoBuiltins,
  jsonPartBuiltins,
  jsonPatchBuiltins,
  jsonBuiltins,
  yamlBuiltins,
  base64Builtins,
  hexBuiltins,
  semverBuiltins,
  uriBuiltins,
  urlQueryBuiltins,
  graphBuiltins,
  netBuiltins,
  aggregateBuiltins,
  arithmeticBuiltins,
  bitsBuiltins,
  comparisonBuiltins,
  conversionBuiltins,
  randomBuiltins,
  rangeBuiltins,
  unitsBuiltins,
  globBuiltins,
  regexBuiltins,
  reportingBuiltins,
  rewritingBuiltins,
  searchBuiltins,
  sprintfBuiltins,
  trimBuiltins,
  timeBuiltins,
  tokenBuiltins,
  uuidBuiltins,
];

/** Rego's built-ins that this engine has, by name. Each gives what OPA's gives, value and error. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  GROUPS.flatMap((group) => Object.entries(group)),
);
