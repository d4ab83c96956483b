import { Connection } from 'mongodb/lib/cmap/connection.js';

/**
 * A connection that closes ends the writes that wait for its socket, too. The driver (7.9) ends what waits for an answer, and
 * lets a write wait for a "drain" that never comes:
 *
 * - What is written to a socket that is destroyed and whose "close" is not told yet. All connections of a client break at once
 *   where MongoDB dies; the end of the first makes the driver's monitor write to its own, and a monitor that hangs never finds
 *   MongoDB again.
 * - What is larger than the socket's buffers, on a line that is silent: the time limit closes the connection, and the write of
 *   a batch would hold its place for ever.
 */
export function endPendingWrites(): void {
  if (Connection.prototype.cleanup !== driversOwn) return;
  Connection.prototype.cleanup = function (this: Connection, error: Error): void {
    const isWaitedFor = !this.closed && this.socket.listenerCount('drain') > 0;
    driversOwn.call(this, error);
    // Beside the write only the connection listens, which takes no error once it is closed.
    if (isWaitedFor) this.socket.emit('error', error);
  };
}

const driversOwn = Connection.prototype.cleanup;
