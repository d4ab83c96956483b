/**
 * A query string's parameters with the named ones as numbers, as the tools want them. What is no number becomes NaN,
 * which the tool's schema then refuses by the parameter's name.
 */
export function withNumbers(query: unknown, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query ?? {}).map(([name, value]: [string, unknown]) => [
      name,
      names.includes(name) ? Number(value || Number.NaN) : value,
    ]),
  );
}
