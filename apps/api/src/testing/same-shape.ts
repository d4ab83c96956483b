const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/**
 * Where two values differ in shape, by their paths: in the names of fields, or in the kinds of what is there. Null is of
 * any kind, and of lists the first entries are compared, where there are any.
 */
export function shapeFaults(one: unknown, other: unknown, path = '$'): string[] {
  if (one === null || other === null) return [];
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === 0 || other.length === 0 ? [] : shapeFaults(one[0], other[0], `${path}[0]`);
  }
  if (isObject(one) && isObject(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].flatMap((name) => shapeFaults(one[name], other[name], `${path}.${name}`));
  }
  return kindOf(one) === kindOf(other) ? [] : [`${path}: ${kindOf(one)}, ${kindOf(other)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return TIME.test(value) ? 'time' : 'text';
  return Array.isArray(value) ? 'list' : typeof value;
}
