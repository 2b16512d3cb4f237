/** Whom a name stands for: one person written two ways is still one person. Only to be compared, never to be told. */
export function personOf(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
