/** Knows which methods each path has, so that a wrong method can be told from a wrong path. */
export class RouteTable {
  private readonly routes: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];

  /** `path` may hold parameters such as `:id` and end with `*`. */
  add(path: string, methods: readonly string[]): void {
    const pattern = patternOf(path);
    const known = this.routes.find((route) => route.pattern.source === pattern.source);
    if (known) methods.forEach((method) => known.methods.add(method));
    else this.routes.push({ pattern, methods: new Set(methods) });
  }

  /** The methods of a URL's path, in the order in which they were added; empty for an unknown path. */
  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0] ?? '';
    return [
      ...new Set(
        this.routes.filter((route) => route.pattern.test(path)).flatMap((route) => [...route.methods]),
      ),
    ];
  }
}

function patternOf(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) =>
      part.startsWith(':') ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace('*', '.*'),
    )
    .join('/');
  return new RegExp(`^${source}$`);
}
