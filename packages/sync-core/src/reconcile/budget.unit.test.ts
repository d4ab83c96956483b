import { expect, it } from 'vitest';
import { Budget } from './budget.js';

it('a call does one page, however small its budget is and however late it begins', async () => {
  const budget = new Budget({ budgetMs: 0, maxKeys: 0 });
  expect(budget.spent).toBe(false);
  await budget.used(0);
  expect(budget.spent).toBe(true);
});

it('a task that was told to end does none', () => {
  expect(new Budget({ signal: AbortSignal.abort() }).spent).toBe(true);
});

it('keys count, not pages', async () => {
  const budget = new Budget({ maxKeys: 3 });
  await budget.used(2);
  expect(budget.spent).toBe(false);
  await budget.used(1);
  expect(budget.spent).toBe(true);
});
