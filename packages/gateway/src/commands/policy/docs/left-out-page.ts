import { plain, tableOf } from '../markdown.ts';
import { MADE, registrationFacts } from './bundle-page.ts';
import type { LeftOutBundle } from './told-policy.ts';

/** The page of a bundle that could not be looked at: what is registered of it, and why there is no more. */
export function leftOutPage({ name, why, ...registered }: LeftOutBundle): string {
  const sections = [
    MADE,
    `# ${plain(name)}`,
    `**Its rules are not told here.** It comes from elsewhere and was not looked at when this page was made: ${plain(why)}`,
    tableOf(['', ''], registrationFacts(registered)),
  ];
  return `${sections.join('\n\n')}\n`;
}
