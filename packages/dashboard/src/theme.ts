/** Under which name the choice is kept. */
const KEY = 'hybrid-sync.theme';
const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const NAMES: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' };

/** The button that goes from one theme to the next; `auto` is what the system prefers. */
export function themeButton(button: HTMLButtonElement, onChange: () => void): void {
  let theme: Theme = THEMES.find((each) => each === localStorage.getItem(KEY)) ?? 'auto';
  const show = () => {
    document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${NAMES[theme]}`;
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    localStorage.setItem(KEY, theme);
    show();
    onChange();
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  show();
}

/** The colour that a custom property of the page has now, for a canvas, which knows no custom properties. */
export function colourOf(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
