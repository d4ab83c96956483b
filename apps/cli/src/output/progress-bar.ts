import { Presets, SingleBar } from 'cli-progress';
import type { Output } from '../surroundings.js';

/** Shows on a terminal how far a task of several calls has come; shows nothing elsewhere. */
export class ProgressBar {
  readonly #bar: SingleBar | undefined;
  #started = false;

  constructor(title: string, stream: Output) {
    if (stream.isTTY !== true) return;
    this.#bar = new SingleBar(
      {
        stream,
        format: (options, { value, total, progress }, payload: { text: string }) => {
          const width = options.barsize ?? 20;
          const filled = Math.round(progress * width);
          const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${Math.floor(progress * 100)} %  `;
          return `${title}  ${total > value ? bar : ''}${payload.text}`;
        },
        barsize: 20,
        hideCursor: true,
        clearOnComplete: true,
        noTTYOutput: false,
      },
      Presets.shades_classic,
    );
  }

  /** Shows what all calls so far did together. */
  update(report: Readonly<Record<string, unknown>>): void {
    if (this.#bar === undefined) return;
    const keys = Number(report.keys ?? report.shadows ?? report.seen ?? 0);
    const expected = Number(report.expected ?? 0);
    const rate = Number(report.keysPerSecond ?? 0);
    const left = expected > keys && rate > 0 ? `, ${Math.ceil((expected - keys) / rate)} s left` : '';
    const differing = Number(report.differing ?? 0);
    const text =
      `${keys.toLocaleString('en')} keys, ${Math.round(rate).toLocaleString('en')}/s${left}` +
      (differing > 0 ? `, ${differing.toLocaleString('en')} differ` : '');
    if (this.#started) this.#bar.update(keys, { text });
    else this.#bar.start(expected, keys, { text });
    this.#bar.setTotal(expected);
    this.#started = true;
  }

  /** Takes the line away. */
  end(): void {
    if (this.#started) this.#bar?.stop();
  }
}
