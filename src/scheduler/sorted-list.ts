/** Newcomers up to this number are put in their places one by one; more of them are sorted in at once. */
const FEW = 16

/** A list that is always in order. No two of its items compare as equal. Adding costs next to nothing until somebody looks. */
export class SortedList<Item> {
  #items: Item[] = []
  #newcomers: Item[] = []
  readonly #compare: (a: Item, b: Item) => number

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare
  }

  get items(): readonly Item[] {
    this.#settle()
    return this.#items
  }

  add(item: Item): void {
    this.#newcomers.push(item)
  }

  /** Takes out an item that is in the list. */
  remove(item: Item): void {
    this.#settle()
    this.#items.splice(this.#position(item), 1)
  }

  #settle(): void {
    if (this.#newcomers.length === 0) return
    if (this.#newcomers.length <= FEW) for (const item of this.#newcomers) this.#items.splice(this.#position(item), 0, item)
    else this.#items = [...this.#items, ...this.#newcomers].sort(this.#compare)
    this.#newcomers = []
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
