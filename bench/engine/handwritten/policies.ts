import type { SetName } from '../sets/policy-set.ts';
import { companyPolicy } from './company/company.ts';
import { smallPolicy } from './small.ts';
import { widePolicy } from './wide.ts';

/** Each set’s policy as JavaScript, made of its data document. */
export const HANDWRITTEN: Readonly<Record<SetName, (data: unknown) => (input: unknown) => unknown>> = {
  small: smallPolicy,
  company: companyPolicy,
  wide: widePolicy,
};
