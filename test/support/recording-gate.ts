import type { AccountAtRisk, AccountGate } from '../../src/strategies/account-at-risk';
import type { LoginContext } from '../../src/strategies/credential-strategy';

/** One passage: what was asked, and what came of it; `refused` where the gate let nothing through, `threw` where nothing was learnt. */
export interface Passage extends AccountAtRisk {
  readonly outcome: 'right' | 'wrong' | 'refused' | 'threw';
}

/** A gate that writes down what passes it, and lets nothing through while it is shut. */
export class RecordingGate implements AccountGate {
  readonly passages: Passage[] = [];
  isShut = false;

  get context(): LoginContext {
    return { requestId: 'request-1', address: '127.0.0.1', gate: this };
  }

  /** What has passed since the last call. */
  taken(): Passage[] {
    return this.passages.splice(0);
  }

  async pass<T>(
    account: AccountAtRisk,
    attempt: () => Promise<T>,
    passwordWas: (result: T) => 'right' | 'wrong',
  ): Promise<T | undefined> {
    if (this.isShut) {
      this.passages.push({ ...account, outcome: 'refused' });
      return undefined;
    }
    try {
      const result = await attempt();
      this.passages.push({ ...account, outcome: passwordWas(result) });
      return result;
    } catch (error) {
      this.passages.push({ ...account, outcome: 'threw' });
      throw error;
    }
  }
}
