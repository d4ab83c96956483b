/** The package has no types of its own. */
declare module 'parse-prometheus-text-format' {
  /** Reads the text format; of untyped metrics, each series' labels and value. */
  export default function parse(text: string): {
    readonly name: string;
    readonly metrics: readonly { readonly labels?: Record<string, string>; readonly value: string }[];
  }[];
}
