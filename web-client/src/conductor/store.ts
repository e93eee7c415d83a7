/** One value, one reducer, and whoever wants to know. */
export class Store<S, A> {
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly reduce: (state: S, action: A) => S,
    private state: S,
  ) {}

  readonly get = (): S => this.state;

  dispatch(action: A): void {
    const next = this.reduce(this.state, action);
    if (next === this.state) return;
    this.state = next;
    for (const watcher of [...this.watchers]) watcher();
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** A reader that gives the same value as long as it is equal; whoever compares by identity can rely on it. */
  select<T>(select: (state: S) => T, equal: (a: T, b: T) => boolean): () => T {
    let last: { readonly state: S; readonly value: T } | null = null;
    return () => {
      if (last?.state === this.state) return last.value;
      const value = select(this.state);
      last = { state: this.state, value: last !== null && equal(last.value, value) ? last.value : value };
      return last.value;
    };
  }
}
