/** A page in Prometheus's text format, as far as tests ask for it. */
export class MetricsPage {
  constructor(readonly text: string) {}

  /** The value of one series, labels in any order; undefined where it is not there. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    return this.series(name).find((series) => sameLabels(series.labels, labels))?.value;
  }

  /** All series of a name. */
  series(
    name: string,
  ): readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[] {
    return this.text.split('\n').flatMap((line) => {
      const [, found, labels = '', value] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return found === name ? [{ labels: labelsIn(labels), value: Number(value) }] : [];
    });
  }

  /** The names of all metrics, each with its type. */
  get types(): Readonly<Record<string, string>> {
    const lines = [...this.text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    return Object.fromEntries(lines.map(([, name = '', type = '']) => [name, type]));
  }
}

function labelsIn(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

function sameLabels(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
