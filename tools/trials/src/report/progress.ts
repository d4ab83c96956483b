import { SingleBar } from 'cli-progress';

/** Shows how far a stage of the run is. One stage at a time. */
export interface RunProgress {
  /** Begins a stage; `total` is what the stage's value will reach, if that is known. */
  begin(stage: string, total?: number): void;
  /** Tells where the stage stands: its value, and a few words. */
  update(value: number, note: string): void;
  /** Ends the stage and leaves its last state on the screen. Harmless without one. */
  end(): void;
  /** A message of its own, between stages or above the present one. */
  say(message: string): void;
}

/** Least time between two plain lines of one stage, in milliseconds. */
const LINE_EVERY_MS = 5000;
const BAR_WIDTH = 24;

/** A bar that is redrawn where the stream is a terminal, else a plain line now and then. */
export function progressOn(stream: NodeJS.WriteStream): RunProgress {
  return stream.isTTY ? barProgress(stream) : lineProgress((line) => stream.write(`${line}\n`));
}

function barProgress(stream: NodeJS.WriteStream): RunProgress {
  let bar: SingleBar | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    begin(stage, total) {
      end();
      bar = new SingleBar({
        stream,
        format: total === undefined ? `${stage}  {note}` : `${stage} [{bar}] {percentage}%  {note}`,
        barsize: BAR_WIDTH,
        barCompleteChar: '=',
        barIncompleteChar: ' ',
        hideCursor: null,
        // The run itself sees to signals; the bar would only end the process's wait for it.
        gracefulExit: false,
      });
      bar.start(total ?? 1, 0, { note: '' });
    },
    update: (value, note) => bar?.update(value, { note }),
    end,
    say(message) {
      // The bar owns the last line: it is redrawn below the message.
      if (bar !== undefined) stream.write('\r\x1b[K');
      stream.write(`${message}\n`);
    },
  };
}

/** Plain lines; exported for tests. `now`: milliseconds. */
export function lineProgress(writeLine: (line: string) => void, now: () => number = Date.now): RunProgress {
  let stage: string | undefined;
  let shownAt = 0;
  let unshown: string | undefined;
  const show = (note: string) => {
    writeLine(`${stage}: ${note}`);
    shownAt = now();
    unshown = undefined;
  };
  const end = () => {
    if (unshown !== undefined) show(unshown);
    stage = undefined;
  };
  return {
    begin(name) {
      end();
      stage = name;
      shownAt = now();
    },
    update(_value, note) {
      if (stage === undefined) return;
      if (now() - shownAt >= LINE_EVERY_MS) show(note);
      else unshown = note;
    },
    end,
    say: writeLine,
  };
}
