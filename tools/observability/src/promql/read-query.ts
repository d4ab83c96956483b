import { parser } from '@prometheus-io/lezer-promql';

/** One metric that a query selects. */
interface Selector {
  readonly metric: string;
  /** The labels that it is matched by; the value where it must be equal to one. */
  readonly matchers: readonly { readonly label: string; readonly equals: string | undefined }[];
}

/** What a query asks Prometheus for. */
export interface Query {
  readonly selectors: readonly Selector[];
  /** Labels that it groups or joins by. */
  readonly grouping: readonly string[];
}

/** Reads a query with Prometheus' own grammar. @throws when it is none */
export function readQuery(text: string): Query {
  const selectors: { metric: string; matchers: { label: string; equals: string | undefined }[] }[] = [];
  const grouping: string[] = [];
  parser.parse(text).iterate({
    enter({ name, type, from, to, node }) {
      const words = text.slice(from, to);
      if (type.isError) throw new Error(`this is no PromQL at character ${from}: ${text}`);
      if (name === 'VectorSelector') {
        const metric = node.getChild('Identifier');
        if (metric === null) throw new Error(`a selector without a metric: ${words}`);
        selectors.push({ metric: text.slice(metric.from, metric.to), matchers: [] });
      } else if (name === 'UnquotedLabelMatcher') {
        const [, label, operator, value] = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(words) ?? [];
        if (label === undefined) throw new Error(`a matcher of an unknown form: ${words}`);
        selectors.at(-1)?.matchers.push({ label, equals: operator === '=' ? value : undefined });
      } else if (name === 'LabelName' && node.parent?.name === 'GroupingLabels') {
        grouping.push(words);
      }
    },
  });
  return { selectors, grouping };
}
