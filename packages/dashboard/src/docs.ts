import { byId, html } from './dom.js';
import { themeButton } from './theme.js';
import { TokenPanel } from './token-panel.js';

/** How long an answer is waited for, in milliseconds: longer than any call may take. */
const DEADLINE_MS = 60_000;
/** Headers of an answer that are shown. */
const SHOWN = ['content-type', 'etag', 'retry-after', 'www-authenticate', 'allow'];

const tokens = new TokenPanel(() => undefined);
themeButton(byId('theme', HTMLButtonElement), () => undefined);
for (const form of document.querySelectorAll<HTMLFormElement>('form.try')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(form);
  });
}
openTarget();
addEventListener('hashchange', openTarget);

/** Sends what a form says, and shows what came back. */
async function send(form: HTMLFormElement): Promise<void> {
  const { method = 'GET', path = '' } = form.dataset;
  const got = form.querySelector('.got');
  const button = form.querySelector('button');
  if (got === null || button === null) return;
  button.disabled = true;
  got.replaceChildren(html('p', { class: 'note' }, 'Waiting for the answer…'));
  try {
    const place = placeOf(form, path);
    const response = await fetch(place, {
      method,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...contentOf(form),
    });
    got.replaceChildren(...(await answerOf(response, `${method} /${place}`)));
  } catch (error) {
    got.replaceChildren(
      html('p', { class: 'failed' }, `No answer: ${error instanceof Error ? error.message : error}`),
    );
  } finally {
    button.disabled = false;
  }
}

/** Relative to the page, so that it works under whatever path a proxy has. @throws for a key that no path can hold */
function placeOf(form: HTMLFormElement, path: string): string {
  const key = inputs(form, 'path').find(({ name }) => name === 'key')?.value ?? '';
  if (key === '.' || key === '..')
    throw new Error("a key that is . or .. can't stand in a path; use MCP or the command line");
  const query = new URLSearchParams(
    inputs(form, 'query').map(({ name, value }): [string, string] => [name, value]),
  );
  const place = path.replace('{key}', encodeURIComponent(key));
  return query.size === 0 ? place : `${place}?${query}`;
}

function contentOf(form: HTMLFormElement): RequestInit {
  const { token } = tokens;
  const body = form.querySelector('textarea')?.value;
  return {
    headers: {
      ...Object.fromEntries(inputs(form, 'header').map(({ name, value }) => [name, value])),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  };
}

/** The fields of a place that are filled in. */
function inputs(form: HTMLFormElement, place: string): HTMLInputElement[] {
  const all = form.querySelectorAll<HTMLInputElement>(`input[data-in="${place}"]`);
  return [...all].filter(({ value }) => value !== '');
}

async function answerOf(response: Response, request: string): Promise<HTMLElement[]> {
  const headers = SHOWN.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [`${name}: ${value}`];
  });
  const tone = response.ok ? 'good' : 'bad';
  return [
    html(
      'p',
      {},
      html('code', {}, request),
      ' ',
      html('span', { class: `pill ${tone}` }, String(response.status)),
    ),
    html('pre', {}, html('code', {}, [...headers, '', pretty(await response.text())].join('\n'))),
  ];
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Opens what the operation takes that the address names. */
function openTarget(): void {
  const name = decodeURIComponent(location.hash.slice(1));
  const details = document.getElementById(name)?.querySelector('details');
  if (details !== null && details !== undefined) details.open = true;
}
