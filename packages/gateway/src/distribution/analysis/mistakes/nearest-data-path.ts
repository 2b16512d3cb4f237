import type { JsonObject } from '@bailiff/contract';
import { isObject, valueAt } from '../../sources/document.ts';
import { nearestName } from '../../sources/words/nearest-name.ts';
import type { Path } from '../syntax.ts';

/** A path below `data` that nothing defines, with its first wrong name put right by the data there is; undefined where no name is near. */
export function nearestDataPath(path: Path, data: JsonObject): Path | undefined {
  const at = path.findIndex((_element, position) => valueAt(data, path.slice(0, position + 1)) === undefined);
  const above = at < 0 ? undefined : at === 0 ? data : valueAt(data, path.slice(0, at));
  const near = isObject(above) ? nearestName(path[at] ?? '', Object.keys(above)) : undefined;
  if (near === undefined) return undefined;
  const meant = path.with(at, near);
  return valueAt(data, meant) === undefined ? undefined : meant;
}
