/** Up to so many elements are sorted here: the sort of JavaScript calls back for each comparison. */
const SORTED_HERE_MAX = 32;

/** A sorted copy. Equal elements keep their order. */
export function inOrder<Element>(
  elements: readonly Element[],
  order: (left: Element, right: Element) => number,
): readonly Element[] {
  return sortInPlace(elements.slice(), order);
}

/** The elements in order, in their own array. Equal elements keep their order. */
export function sortInPlace<Element>(
  elements: Element[],
  order: (left: Element, right: Element) => number,
): readonly Element[] {
  if (elements.length > SORTED_HERE_MAX && !isInOrder(elements, order)) return elements.sort(order);
  for (let index = 1; index < elements.length; index++) {
    const element = elements[index] as Element;
    let place = index;
    while (place > 0 && order(elements[place - 1] as Element, element) > 0) {
      elements[place] = elements[place - 1] as Element;
      place--;
    }
    elements[place] = element;
  }
  return elements;
}

function isInOrder<Element>(
  elements: readonly Element[],
  order: (left: Element, right: Element) => number,
): boolean {
  return elements.every(
    (element, index) => index === 0 || order(elements[index - 1] as Element, element) <= 0,
  );
}
