import { Actions } from './actions.js';
import { apiOfPage } from './api.js';
import { DeadLetterList } from './dead-letters.js';
import { byId, html, setText } from './dom.js';
import { flowFigures } from './flow-figures.js';
import { FlowPicture } from './flow-picture.js';
import { KeysView } from './keys/keys-view.js';
import { Locks } from './locks.js';
import { MendView } from './mend/mend-view.js';
import { PausePanel } from './pause-panel.js';
import { Plots } from './plots.js';
import { latest, PodHistories } from './pod-histories.js';
import { PodsView } from './pods-view.js';
import { Poller, type PollState } from './poller.js';
import { drainsOf, type Severity, type Success, writesOf } from './readiness.js';
import { SettingsTable } from './settings-table.js';
import { StateCards } from './state-cards.js';
import { themeButton } from './theme.js';
import { showTiles } from './tiles.js';
import { TokenPanel } from './token-panel.js';
import { type Verdict, verdictOf } from './verdict.js';
import { Views } from './views.js';
import { becomeWall } from './wall.js';

const ICONS: Readonly<Record<Severity, string>> = { good: '✓', warning: '▲', bad: '✕', unknown: '…' };

const histories = new PodHistories();
const tokens = new TokenPanel(() => {
  histories.clear();
  poller.resume();
  void locks.learn();
  keys.renew(views.view === 'keys');
  mend.clear();
});
const locks = new Locks(
  () => tokens.token,
  (why) => tokens.ask(why),
);
const api = apiOfPage(() => tokens.token);
const actions = new Actions(api, tokens);
const flow = new FlowPicture(byId('flow', HTMLElement));
const cards = new StateCards();
const deadLetters = new DeadLetterList(actions);
const settings = new SettingsTable(actions);
const pauses = new PausePanel(actions);
const poller = new Poller(api, histories, show);
const keys = new KeysView(actions);
const mend = new MendView(actions);
const podsView = new PodsView({
  api,
  isShown: () => views.view === 'pods',
  reachable: () => histories.names,
  open: showPod,
});
const plots = new Plots({
  token: () => tokens.token,
  pod: () => histories.shown,
  isShown: () => views.view === 'overview',
});
/** How asking the api went last. */
let heard: PollState['kind'] = 'waiting';
const views = new Views({
  overview: (section) => {
    plots.draw();
    if (section === 'settings-history') settings.seeHistory();
    if (section === 'dead-letters') deadLetters.see();
  },
  pods: () => podsView.resume(),
  keys: (key) => keys.show(key),
  mend: () => mend.show(),
});

themeButton(byId('theme', HTMLButtonElement), () => {
  plots.repaint();
});
choosePod();
becomeWall();
views.start();
poller.resume();

/** Shows what is known now. */
function show(state: PollState): void {
  if (state.kind !== heard) void locks.learn();
  heard = state.kind;
  const pod = histories.shown;
  showVerdict(verdictOf(state, pod, Date.now()));
  document.body.classList.toggle('stale', state.kind !== 'live');
  setText(byId('live', HTMLElement), state.kind === 'live' ? 'live' : 'not live');
  if (state.kind === 'locked') tokens.ask(state.reason);
  if (pod === undefined) return;
  flow.show(flowFigures(pod));
  showTiles(pod);
  cards.show(pod.answer, Date.now());
  pauses.show(pod.answer, Date.now());
  showSuccesses([writesOf(pod.answer), drainsOf(pod.answer, Date.now())]);
  deadLetters.show(latest(pod.columns, 'deadLetters'));
  showPods();
  plots.show();
}

function showVerdict({ severity, headline, reasons }: Verdict): void {
  const banner = byId('verdict', HTMLElement);
  banner.dataset.severity = severity;
  setText(byId('verdict-icon', HTMLElement), ICONS[severity]);
  // Only these are announced when they change; the reasons' figures change all the time.
  setText(byId('verdict-headline', HTMLElement), headline);
  const list = byId('verdict-reasons', HTMLElement);
  if (list.dataset.text === reasons.join('\n')) return;
  list.dataset.text = reasons.join('\n');
  list.replaceChildren(...reasons.map((reason) => html('li', {}, reason)));
}

/** Whether writes and drains succeed, which is what being ready means. */
function showSuccesses(successes: readonly Success[]): void {
  const place = byId('successes', HTMLElement);
  const text = JSON.stringify(successes);
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(
    ...successes.map(({ severity, text: words }) =>
      html('span', { class: `pill ${severity}` }, `${ICONS[severity]} ${words}`),
    ),
  );
}

function choosePod(): void {
  const select = byId('pod', HTMLSelectElement);
  select.addEventListener('change', () => {
    histories.show(select.value);
    plots.draw();
  });
}

function showPod(name: string): void {
  histories.show(name);
  showPods();
  views.go('overview');
}

/** Behind a load balancer several pods answer; one alone need not be chosen. */
function showPods(): void {
  const select = byId('pod', HTMLSelectElement);
  const { names, shown } = histories;
  byId('pods', HTMLElement).hidden = names.length < 2;
  if ([...select.options].map(({ value }) => value).join() !== names.join()) {
    select.replaceChildren(...names.map((name) => html('option', { value: name }, name)));
  }
  if (shown !== undefined) select.value = shown.answer.pod;
}
