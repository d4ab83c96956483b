import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Draws a plot of Vega-Lite: an SVG on white, which readers in the dark need. */
export async function svgOf(spec: TopLevelSpec): Promise<string> {
  const $schema = 'https://vega.github.io/schema/vega-lite/v6.json';
  const view = new View(parse(compile({ ...spec, $schema, background: 'white' }).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
