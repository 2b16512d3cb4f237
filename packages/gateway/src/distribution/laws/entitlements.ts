import type { JsonObject } from '@bailiff/contract';
import { isObject } from '../sources/document.ts';

/** What a caller is entitled by, each taken away; without any of it nobody may do more than with it. */
export const ENTITLEMENTS = [
  { name: 'groups', without: { user: { groups: [] } } },
  { name: 'authorised data classes', without: { user: { data_classifications_authorized: [] } } },
  { name: 'an approval', without: { approval: null } },
  { name: 'a scope', without: { agent: { scope: '' } } },
] as const satisfies readonly { readonly name: string; readonly without: JsonObject }[];

/** The input with the sections of `without` laid over its own. */
export function emptied(input: JsonObject, without: JsonObject): JsonObject {
  const changed = Object.entries(without).map(([section, fields]) => {
    const own = input[section];
    return [section, isObject(own) && isObject(fields) ? { ...own, ...fields } : fields] as const;
  });
  return { ...input, ...Object.fromEntries(changed) };
}
