import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { buildInfo } from './definitions';
import { type Figure, figureOf } from './measures';

type PromClient = typeof import('prom-client');

/** Loaded when somebody first asks: it takes as long as the rest of a start. */
let promClient: Promise<PromClient> | undefined;
let processRegistry: Registry | undefined;

/**
 * How values of several workers become one, where prom-client would hide something: a late worker among others that are not, or the
 * start of a process altogether, even of the only one.
 */
const ownAggregators: ReadonlyMap<string, string> = new Map([
  ['average', 'max'],
  ['omit', 'max'],
]);

/** Gauges that are named like counters. `promtool check metrics` finds fault with them, and metrics without the suffix tell the same. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

function loaded(): Promise<PromClient> {
  return (promClient ??= import('prom-client'));
}

/**
 * What prom-client tells of the process and of Node.js: processor time, memory, garbage collection, lag of the event loop. There is one
 * for a process, and what has to be watched for is watched from the first time on.
 */
export async function processFigures(): Promise<readonly Figure[]> {
  const { collectDefaultMetrics, Registry: OwnRegistry } = await loaded();
  if (!processRegistry) {
    processRegistry = new OwnRegistry();
    collectDefaultMetrics({ register: processRegistry });
    for (const name of misnamed) processRegistry.removeSingleMetric(name);
  }
  const figures = await processRegistry.getMetricsAsJSON();
  return figures.map(({ name, help, type, aggregator, values }) => ({
    name,
    help,
    // Its declaration has numbers here, and it gives names.
    type: String(type),
    aggregator: ownAggregators.get(aggregator) ?? aggregator,
    values: values.map(({ labels, value, ...part }) => ({ labels: definedOf(labels), value, ...part })),
  }));
}

/** The version of what runs. */
export function buildFigure(): Figure {
  return figureOf(buildInfo, [{ labels: { version: ownVersion(), node: process.version }, value: 1 }]);
}

/** Everything as one page of Prometheus's text format 0.0.4. @param parts the figures of each process */
export async function exposition(parts: readonly (readonly Figure[])[]): Promise<string> {
  const { AggregatorRegistry } = await loaded();
  return AggregatorRegistry.aggregate([...parts]).metrics();
}

function definedOf(labels: Partial<Record<string, string | number>>): Record<string, string | number> {
  const present = Object.entries(labels).filter(
    (label): label is [string, string | number] => label[1] !== undefined,
  );
  return Object.fromEntries(present);
}

function ownVersion(): string {
  const description: unknown = JSON.parse(
    readFileSync(join(__dirname, '..', '..', '..', 'package.json'), 'utf8'),
  );
  const hasVersion = typeof description === 'object' && description !== null && 'version' in description;
  return hasVersion ? String(description.version) : 'unknown';
}
