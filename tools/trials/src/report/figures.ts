/** A whole number, `12,345`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Milliseconds or such like: with so many digits behind the point below 100, one unless given. */
export function fine(value: number, digits = 1): string {
  return value < 100 ? value.toFixed(digits) : count(value);
}

/** A share from 0 to 1, `12.3 %`; with so many digits behind the point, one unless given. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** Milliseconds in seconds, `12.3 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
