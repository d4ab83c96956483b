/** Time between two looks at who the parent is, in milliseconds. */
const LOOK_EVERY_MS = 250;

/**
 * Ends this process, by the SIGTERM that it knows how to take, once its parent is gone: npm passes on SIGINT and SIGTERM,
 * but a SIGHUP or a SIGKILL ends npm alone. Only the parent counts: what started npm may well end before.
 * @param {number} parent the parent's id as the shell of the script knew it, since npm may end while that builds; NaN
 *   (a script that is not started by npm) watches nobody
 */
export function endWithParent(parent) {
  if (Number.isNaN(parent)) return;
  const look = () => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  look();
}
