/** What a supervisor or an operator has asked the process for. */
export interface Signals {
  /** Resolves with the first of SIGTERM and SIGINT. Those after it change nothing: a supervisor may send one to every process of a group. */
  readonly stop: Promise<NodeJS.Signals>;
  /** The one that came, if any. */
  readonly stopped: () => NodeJS.Signals | undefined;
  /** Calls this at each SIGHUP from now on; one that came before is called for at once. */
  readonly onHangUp: (reload: () => void) => void;
}

/**
 * Takes the signals from here on. To be called before anything else is loaded: the first process of a container gets no signal that it
 * has no listener for, so one that came too early would be lost, and SIGHUP ends any other process.
 */
export function takeSignals(): Signals {
  let stopped: NodeJS.Signals | undefined;
  const stop = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        stopped ??= signal;
        resolve(signal);
      });
    }
  });
  return { stop, stopped: () => stopped, onHangUp: hangUps() };
}

function hangUps(): Signals['onHangUp'] {
  let isMissed = false;
  let reload = (): void => void (isMissed = true);
  // On a terminal it means that the terminal is gone, and who is not there any more cannot end the process.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => reload());
  return (wanted) => {
    reload = wanted;
    if (isMissed) reload();
  };
}

/** Those of this process. The import of this file takes them. */
export const signals = takeSignals();
