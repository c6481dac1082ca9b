import { setFlagsFromString } from 'node:v8';

/**
 * To be imported before everything else. Keeps the young generation of the heap as small as it begins, which is a megabyte. What the
 * start makes lives on, so V8 would take it for a program that needs room, and would hold 64 MB for objects that die young, of which an
 * idle gateway has none. Only the growth can be set in a process that runs already.
 */
setFlagsFromString('--semi-space-growth-factor=1');
