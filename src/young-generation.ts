import { setFlagsFromString } from 'node:v8';

/**
 * To be imported before everything else. Keeps the young generation of the heap as small as it begins, two megabytes, while the process
 * starts. What a start makes lives on, so V8 would take it for a program that needs room, and would hold 64 MB for objects that die
 * young, of which an idle gateway has none. Only the growth can be set in a process that runs already.
 */
setFlagsFromString('--semi-space-growth-factor=1');

/** To be called when the process has started: requests may make the young generation grow, which saves some of the work of collecting it. */
export function letYoungGenerationGrow(): void {
  // V8's default.
  setFlagsFromString('--semi-space-growth-factor=2');
}
