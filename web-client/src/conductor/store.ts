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
}
