import { describeError } from '../common/system-error';

/** `skipped` is no judgement: the step was not wanted, or needs one that failed. */
export type StepStatus = 'ok' | 'warn' | 'fail' | 'skipped';

/** What a step found, in words for an operator, and the setting to change, where there is one. Holds no secret. */
export interface Finding {
  readonly status: StepStatus;
  readonly detail: string;
  readonly setting?: string | undefined;
}

export interface StepResult extends Finding {
  readonly strategy: string;
  readonly step: string;
  readonly ms: number;
}

/** A finding, and what later steps need of this one. No value means that they cannot be taken. */
export interface Outcome<T> {
  readonly finding: Finding;
  readonly value?: T;
}

/** A step failed for a reason that it can name. */
export class StepFault extends Error {
  override readonly name = 'StepFault';

  constructor(
    detail: string,
    readonly setting?: string,
  ) {
    super(detail);
  }
}

export function ok(detail: string): Finding {
  return { status: 'ok', detail };
}

export function warn(detail: string, setting?: string): Finding {
  return { status: 'warn', detail, setting };
}

/** The steps of one strategy, as they are taken. A step that throws has failed, and nothing else is the worse for it. */
export class Examination<StepName extends string = string> {
  readonly results: StepResult[] = [];

  /** `variableOf` gives a setting the name that it has for this strategy, such as LDAP_PARTNERS_URL for LDAP_URL. */
  constructor(
    private readonly strategy: string,
    private readonly variableOf: (text: string) => string,
  ) {}

  /** Takes a step and gives its value; undefined when it failed. */
  async take<T>(step: StepName, task: () => Outcome<T> | Promise<Outcome<T>>): Promise<T | undefined> {
    const startMs = performance.now();
    try {
      const { finding, value } = await task();
      this.add(step, finding, startMs);
      return value;
    } catch (error) {
      this.add(step, findingOf(error), startMs);
      return undefined;
    }
  }

  skip(step: StepName, detail: string): void {
    this.add(step, { status: 'skipped', detail }, performance.now());
  }

  /** Marks those of these steps that were not taken. */
  skipMissing(steps: readonly StepName[]): void {
    const failed = this.results.find(({ status }) => status === 'fail')?.step ?? 'an earlier step';
    for (const step of steps) {
      if (!this.results.some((result) => result.step === step)) this.skip(step, `needs ${failed}`);
    }
  }

  private add(step: StepName, { status, detail, setting }: Finding, startMs: number): void {
    this.results.push({
      strategy: this.strategy,
      step,
      status,
      ms: Math.round(performance.now() - startMs),
      detail: this.variableOf(detail),
      ...(setting !== undefined && { setting: this.variableOf(setting) }),
    });
  }
}

function findingOf(error: unknown): Finding {
  const detail = describeError(error);
  if (namesSetting(error)) return { status: 'fail', detail, setting: error.setting };
  // Errors of other parts name the setting in their text.
  return { status: 'fail', detail, setting: settingIn(detail) };
}

function namesSetting(error: unknown): error is { readonly setting: string | undefined } {
  return typeof error === 'object' && error !== null && 'setting' in error;
}

/** The first setting of a credential source that a text names. */
export function settingIn(text: string): string | undefined {
  return /\b(?:LDAP|EXTERNAL_AUTH)_[A-Z_]+\b/.exec(text)?.[0];
}
