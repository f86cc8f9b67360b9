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
    this.#items.splice(this.#position(item), 0, item)
  }

  /** Takes out an item that is in the list. */
  remove(item: Item): void {
    this.#items.splice(this.#position(item), 1)
  }

  /** Where an item stands or belongs: the first place whose holder does not go before it. */
  #position(item: Item): number {
    let low = 0
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const held = this.#items[middle]
      if (held !== undefined && this.#compare(held, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
