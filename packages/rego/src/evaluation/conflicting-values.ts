import type { Place } from '../compile/tables.ts';
import { equal } from '../values/collections.ts';
import { termText } from '../values/term-text.ts';
import type { Value } from '../values/value.ts';

/** How many values a message lists (`v1/topdown/conflicts.go`). */
const VALUES_MAX = 10;

/** Of how many characters of a value a message shows. */
const TEXT_CHARACTERS_MAX = 80;

/** The values that the definitions of a rule give: the first, and of each definition the first other one. */
export class CollectedValues {
  readonly #document: string;
  readonly #values: { readonly place: number; readonly value: Value }[] = [];
  #isCut = false;

  /** @param document the path of the document that is looked at. */
  constructor(document: string) {
    this.#document = document;
  }

  /** Called by generated code. @returns whether the definition has been heard enough of. */
  add(place: number, value: Value, document: string | undefined): boolean {
    if (document !== this.#document) return false;
    const [first] = this.#values;
    if (first !== undefined && equal(first.value, value)) return false;
    if (this.#values.length >= VALUES_MAX) this.#isCut = true;
    else this.#values.push({ place, value });
    return first !== undefined;
  }

  /** OPA's message with the values and where they come from, or undefined where no two were found. */
  message(text: string, places: readonly Place[]): string | undefined {
    if (this.#values.length < 2) return undefined;
    const lines = this.#values
      .map(({ place, value }) => ({ place: places[place], value }))
      .toSorted((left, right) => comparePlaces(left.place, right.place))
      .map(({ place, value }) => `\n  ${shortText(value)} at ${place?.file}:${place?.row}`);
    return `${text}:${lines.join('')}${this.#isCut ? '\n  ...' : ''}`;
  }
}

function comparePlaces(left: Place | undefined, right: Place | undefined): number {
  if (left === undefined || right === undefined) return 0;
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.row - right.row || left.column - right.column;
}

function shortText(value: Value): string {
  const points = [
    ...termText(value)
      .split(/\s+/)
      .filter((part) => part !== '')
      .join(' '),
  ];
  return points.length <= TEXT_CHARACTERS_MAX
    ? points.join('')
    : `${points.slice(0, TEXT_CHARACTERS_MAX).join('')}...`;
}
