import { LoopTurns } from './loop-turns';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('runs a few tasks in each turn, in their order, and lets others in between', async () => {
  const turns = new LoopTurns({ perTurn: 2, maxWaiting: 100 });
  const seen: string[] = [];
  for (let n = 0; n < 5; n++) turns.run(() => seen.push(`task ${n}`));
  expect(seen).toEqual(['task 0', 'task 1']);
  await turn();
  seen.push('something else');
  // Those that wait go first.
  turns.run(() => seen.push('a late task'));
  await turn();
  expect(seen).toEqual(['task 0', 'task 1', 'task 2', 'task 3', 'something else', 'task 4', 'a late task']);
});

it('has a full turn again once nothing waits', async () => {
  const turns = new LoopTurns({ perTurn: 2, maxWaiting: 100 });
  let count = 0;
  for (let n = 0; n < 4; n++) turns.run(() => count++);
  await turn();
  await turn();
  await turn();
  for (let n = 0; n < 2; n++) turns.run(() => count++);
  expect(count).toBe(6);
});

it('lets no more than so many wait', () => {
  const turns = new LoopTurns({ perTurn: 1, maxWaiting: 3 });
  let count = 0;
  for (let n = 0; n < 4; n++) turns.run(() => count++);
  expect([count, turns.isFull]).toEqual([1, true]);
  for (let n = 0; n < 6; n++) turns.run(() => count++);
  expect(count).toBe(7);
});

it('does less in a turn while a crowd waits', async () => {
  const turns = new LoopTurns({ perTurn: 3, maxWaiting: 100, crowd: { waiting: 4, perTurn: 1 } });
  let count = 0;
  for (let n = 0; n < 9; n++) turns.run(() => count++);
  const counts = [count];
  for (let n = 0; n < 4; n++) {
    await turn();
    counts.push(count);
  }
  // Six wait, then five, and four are no crowd any more.
  expect(counts).toEqual([3, 4, 5, 8, 9]);
});
