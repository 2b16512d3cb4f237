import { BigNumber } from '../values/big-number.ts';
import { RegoObject, RegoSet } from '../values/collections.ts';
import { quoted } from './literal.ts';

/** Names that values have by way of their prototypes. */
const INHERITED: ReadonlySet<string> = new Set(
  [Object, RegoSet, RegoObject, BigNumber].flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype)),
);

/**
 * The source of a look-up by a constant key: a member that a plain object has itself, and what `lookUpRare` says of
 * everything else. Asking for own properties takes longer than reading one, so the property is read first: no value but
 * an array inherits the name, unless a name was put into `Object.prototype` since, which is looked at each time.
 */
export function ownMember(source: string, key: string): string {
  const name = quoted(key);
  const isObject = `typeof ${source}==="object"&&${source}!==null`;
  const rare = `lookUpRare(${source},${name})`;
  if (INHERITED.has(key)) {
    return `${isObject}&&hasOwn(${source},${name})&&!isArray(${source})?${source}[${name}]:${rare}`;
  }
  const isOwn = `(OP[${name}]===undefined||hasOwn(${source},${name}))&&!isArray(${source})`;
  return `${isObject}&&(t=${source}[${name}])!==undefined&&${isOwn}?t:${rare}`;
}
