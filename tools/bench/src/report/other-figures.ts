/** Figures of projectors, fallbacks and memory, each absent where it was not asked for. Rates are per second. */
export interface OtherFigures {
  /** One projector alone, a backlog of distinct keys. */
  readonly drain?: { readonly events: number; readonly eventsPerSecond: number };
  /** One projector alone, a backlog of a few keys. */
  readonly hotKeyDrain?: { readonly events: number; readonly keys: number; readonly eventsPerSecond: number };
  /** One projector and four, each store call delayed. */
  readonly delayedDrain?: {
    readonly events: number;
    readonly delayMs: number;
    /** Settings of the projectors that are not the default, by their variables. */
    readonly settings: Readonly<Record<string, string>>;
    readonly eventsPerSecondOfOne: number;
    readonly eventsPerSecondOfFour: number;
    /** The same with default settings; not in a quick run. */
    readonly withDefaults?: { readonly eventsPerSecondOfOne: number; readonly eventsPerSecondOfFour: number };
  };
  /** From an `EVENT_BASED` answer to the shadow, projector idle, in milliseconds. */
  readonly fallbackVisible?: { readonly writes: number; readonly p50: number; readonly p99: number };
  /** Resident memory of a pod, in MB of 1,000,000 bytes. */
  readonly memory?: {
    readonly mutations: number;
    readonly rssBeforeMb: number;
    readonly rssGrowthMb: number;
  };
}
