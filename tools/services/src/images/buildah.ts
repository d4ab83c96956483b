import { rm } from 'node:fs/promises';
import { execa, type ResultPromise } from 'execa';
import { findBuildah } from '../debian/programs.js';

/** A command to run in a container. */
export interface Run {
  readonly words: readonly string[];
  /** Added to the environment that the image gives. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A call under way: its output as it comes, and its end. */
export type Called = ResultPromise<{ all: true; stdin: 'ignore' }>;

/**
 * Builds images and runs them without an engine or a daemon: what runs is chrooted, and uses this machine's network and
 * process ids. Images and containers are kept in a folder of their own, beside whatever else this machine has.
 */
export class Buildah {
  readonly #program: string;
  readonly #folder: string;

  private constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  /**
   * Finds buildah: on the PATH, else, on Debian as root, by installing it. `folder`: where images are kept.
   * @throws ServicesError that says what to install
   */
  static async find(folder: string): Promise<Buildah> {
    return new Buildah(await findBuildah(), folder);
  }

  /** Calls it; what it prints is in the result. @throws ExecaError with its own words */
  call(words: readonly string[]): Called {
    const storage = ['--root', `${this.#folder}/storage`, '--runroot', `${this.#folder}/run`];
    return execa(this.#program, [...storage, ...words], {
      all: true,
      stdin: 'ignore',
      // What one build keeps for the next is in TMPDIR.
      env: { BUILDAH_ISOLATION: 'chroot', TMPDIR: this.#folder },
    });
  }

  /** Makes a container of an image; nothing runs in it yet. @returns its name */
  async containerOf(image: string): Promise<string> {
    const { stdout } = await this.call(['from', '--pull-never', image]);
    return stdout.trim();
  }

  /** Runs a command in a container, as the user and in the folder that its image says. */
  run(container: string, { words, env = {} }: Run): Called {
    const given = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
    return this.call(['run', ...given, container, '--', ...words]);
  }

  /** What an image says of itself. */
  async configOf(image: string): Promise<ImageConfig> {
    const { stdout } = await this.call(['inspect', '--type', 'image', image]);
    return JSON.parse(stdout).Docker.config;
  }

  /** Removes its folder, with all images and containers. */
  async clear(): Promise<void> {
    // Where images are kept as layers over each other, their folder is mounted on itself.
    await execa('umount', [`${this.#folder}/storage/overlay`], { reject: false });
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What a container of an image runs, and as whom. */
export interface ImageConfig {
  readonly User: string;
  readonly Cmd: readonly string[] | null;
  readonly Entrypoint: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly [kind: string, ...words: string[]] };
}
