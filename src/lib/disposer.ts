/** Releases what was acquired in reverse order, past failures. (AsyncDisposableStack is not in all supported Node versions.) */
export class Disposer implements AsyncDisposable {
  readonly #releases: (() => unknown)[] = []

  /** Remembers a resource and hands it back. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]())
    return resource
  }

  /** Remembers what to do at the end. */
  defer(release: () => unknown): void {
    this.#releases.push(release)
  }

  /** Releases everything; the first error is thrown once all is released. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = []
    for (let release = this.#releases.pop(); release; release = this.#releases.pop()) {
      try {
        await release()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}
