/** Whether this process is about to end. From then on load balancers are told to look elsewhere, and answers close their connections. */
export class Departure {
  private begun = false;

  get isUnderWay(): boolean {
    return this.begun;
  }

  /** Cannot be taken back. */
  begin(): void {
    this.begun = true;
  }
}
