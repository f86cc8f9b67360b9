/** A list that is always in order. No two of its items compare as equal. */
export class SortedList<Item> {
  readonly #items: Item[] = []
  readonly #compare: (a: Item, b: Item) => number

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare
  }

  get items(): readonly Item[] {
    return this.#items
  }

  add(item: Item): void {
    this.#items.splice(
      this.#firstNot((one) => this.#compare(one, item) < 0),
      0,
      item,
    )
  }

  /** Takes out an item that is in the list. */
  remove(item: Item): void {
    this.#items.splice(
      this.#firstNot((one) => this.#compare(one, item) < 0),
      1,
    )
  }

  /** The first item that `isBefore` does not hold for; it must hold for a first part of the list and for nothing behind it. */
  firstNot(isBefore: (item: Item) => boolean): Item | undefined {
    return this.#items[this.#firstNot(isBefore)]
  }

  #firstNot(isBefore: (item: Item) => boolean): number {
    let low = 0
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const item = this.#items[middle]
      if (item !== undefined && isBefore(item)) low = middle + 1
      else high = middle
    }
    return low
  }
}
