import { Failure, type JsonObject } from '@bailiff/contract';
import { isObject } from '../../message.ts';

/** Longest name of a tool or prompt, in UTF-16 units. */
const NAME_LENGTH_MAX = 256;

/** Characters that make two names look alike: control, invisible, separators. A name is matched exactly or not at all. */
const UNFIT_IN_NAME = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}]/u;

/** Whether a name can be matched exactly: not too long, and without characters that nobody sees. */
export function isPlainName(name: unknown): name is string {
  return (
    typeof name === 'string' && name !== '' && name.length <= NAME_LENGTH_MAX && !UNFIT_IN_NAME.test(name)
  );
}

/**
 * Members that policy would not see are refused; only `_meta`, which every client may send, is dropped instead.
 * @throws Failure `invalid_params`, which names the members that the method takes.
 */
export function checkParams(method: string, params: JsonObject, known: readonly string[]): void {
  const { _meta: meta = {} } = params;
  const isKnown = (key: string) => key === '_meta' || known.includes(key);
  if (!Object.keys(params).every(isKnown) || !isObject(meta)) {
    throw new Failure('invalid_params', `${method} takes ${[...known, '_meta'].join(', ')}.`);
  }
}
