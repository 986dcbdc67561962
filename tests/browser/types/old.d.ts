// What `old.js` gives browsers that lack it; everything else is what Chromium 88 has (ES2021).
interface Array<T> {
  at(index: number): T | undefined;
  findLast(which: (item: T, index: number, all: T[]) => unknown): T | undefined;
}
interface ObjectConstructor {
  hasOwn(where: object, name: PropertyKey): boolean;
}
