import { createHash } from 'node:crypto';
import { integerOf } from '../../values/big-number.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';
import { integerOperand, stringOperand } from '../operands.ts';

/** OPA's own generator panics at it. */
const INT64_MIN = -(2n ** 63n);

/** Numbers that look random and are the same for the same seed, text and bound. */
export const randomBuiltins: BuiltinGroup = {
  // OPA draws from a generator it seeds by chance at each evaluation, so only this much is promised: one value for
  // one text and bound within an evaluation, each of 0 .. bound - 1 as likely as the others.
  'rand.intn': (context: BuiltinContext, text: Value, bound: Value) => {
    const key = stringOperand(text, 1);
    const integer = integerOperand(bound, 2);
    if (integer === 0n) return 0;
    if (integer === INT64_MIN) throw new RangeError('rand.intn: the bound has no positive counterpart');
    const count = integer < 0n ? -integer : integer;
    const hash = createHash('sha256').update(context.seed).update(`rand.intn:${count}:${key}`).digest('hex');
    return integerOf(BigInt(`0x${hash}`) % count);
  },
};
