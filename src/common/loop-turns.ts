type Task = () => void;

export interface TurnLimits {
  /** Tasks of one turn. */
  readonly perTurn: number;
  /** Tasks that wait; a further one runs at once. */
  readonly maxWaiting: number;
  /** While more than so many wait, a turn has only so many tasks: under a flood everything else goes first. */
  readonly crowd?: { readonly waiting: number; readonly perTurn: number };
}

/**
 * Spreads many small tasks over turns of the event loop. Thousands of connections may be ready at once, and Node reads them all in one
 * turn; where each were answered there and then, a question that comes in between would wait for all of them. So only a few tasks run in
 * a turn, in the order in which they came, and between turns whatever else has arrived is done.
 */
export class LoopTurns {
  private left: number;
  private isCounting = false;
  private readonly waiting: Task[] = [];

  constructor(private readonly limits: TurnLimits) {
    this.left = limits.perTurn;
  }

  /** True where a further task would run at once although its turn has not come. */
  get isFull(): boolean {
    return this.left <= 0 && this.waiting.length >= this.limits.maxWaiting;
  }

  /** Runs the task now or in one of the next turns. It must not throw. */
  run(task: Task): void {
    this.countTurn();
    if (this.left <= 0 && !this.isFull) return void this.waiting.push(task);
    this.left--;
    task();
  }

  private countTurn(): void {
    if (this.isCounting) return;
    this.isCounting = true;
    setImmediate(() => this.turn());
  }

  private turn(): void {
    this.isCounting = false;
    const perTurn = this.tasksOfTurn();
    const due = this.waiting.splice(0, perTurn);
    this.left = perTurn - due.length;
    if (due.length > 0) this.countTurn();
    for (const task of due) task();
  }

  private tasksOfTurn(): number {
    const { perTurn, crowd } = this.limits;
    return crowd && this.waiting.length > crowd.waiting ? crowd.perTurn : perTurn;
  }
}
