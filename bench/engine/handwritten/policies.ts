import type { SetName } from '../sets/policy-set.ts';
import { companyPolicy } from './company/company.ts';
import { smallPolicy } from './small.ts';
import { widePolicy } from './wide.ts';

/** Each set’s policy as JavaScript, made of its data document. Nobody would write the whole library by hand. */
export const HANDWRITTEN: Readonly<Partial<Record<SetName, (data: unknown) => (input: unknown) => unknown>>> =
  {
    small: smallPolicy,
    company: companyPolicy,
    wide: widePolicy,
  };
