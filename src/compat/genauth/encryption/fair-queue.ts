/**
 * What waits, by sender. The senders take turns, and where there is no more room, whoever has most waiting gives way: one sender
 * who asks for much waits for itself alone.
 */
export class FairQueue<T> {
  /** In the order of their turns. */
  private readonly bySender = new Map<string, Set<T>>();
  private size = 0;

  /** @param most how many may wait in all */
  constructor(private readonly most: number) {}

  /** @returns what there is no room for: the last one of the sender that has most waiting, which may be the new one. */
  add(sender: string, item: T): T | undefined {
    const own = this.bySender.get(sender) ?? new Set();
    this.bySender.set(sender, own.add(item));
    this.size++;
    return this.size > this.most ? this.dropLastOf(this.largest(sender)) : undefined;
  }

  /** Takes the first one of the sender whose turn it is; undefined where nothing waits. */
  next(): T | undefined {
    const [turn] = this.bySender;
    if (!turn) return undefined;
    const [sender, items] = turn;
    const [item] = items;
    this.bySender.delete(sender);
    this.bySender.set(sender, items);
    if (item !== undefined) this.delete(sender, item);
    return item;
  }

  /** Forgets one that waits no more. */
  delete(sender: string, item: T): void {
    const items = this.bySender.get(sender);
    if (!items?.delete(item)) return;
    this.size--;
    if (items.size === 0) this.bySender.delete(sender);
  }

  /** Takes all. */
  drain(): readonly T[] {
    const all = [...this.bySender.values()].flatMap((items) => [...items]);
    this.bySender.clear();
    this.size = 0;
    return all;
  }

  /** Where several have as many, the one that asks now. */
  private largest(asking: string): string {
    let largest = asking;
    const sizeOf = (sender: string): number => this.bySender.get(sender)?.size ?? 0;
    for (const sender of this.bySender.keys()) if (sizeOf(sender) > sizeOf(largest)) largest = sender;
    return largest;
  }

  private dropLastOf(sender: string): T | undefined {
    const last = [...(this.bySender.get(sender) ?? [])].at(-1);
    if (last !== undefined) this.delete(sender, last);
    return last;
  }
}
