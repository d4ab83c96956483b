/** The package has no types of its own. */
declare module 'parse-prometheus-text-format' {
  interface Sample {
    readonly labels?: Record<string, string>;
    /** Absent for a histogram. */
    readonly value?: string;
    readonly buckets?: Record<string, string>;
    readonly count?: string;
    readonly sum?: string;
  }
  export default function parse(text: string): {
    readonly name: string;
    readonly type: string;
    readonly help: string;
    readonly metrics: readonly Sample[];
  }[];
}
