/** The driver's class of a connection, which its types keep to themselves. */
declare module 'mongodb/lib/cmap/connection.js' {
  import type { Socket } from 'node:net';
  import type { Document } from 'mongodb';

  export class Connection {
    constructor(socket: Socket, options: object);
    readonly socket: Socket;
    readonly closed: boolean;
    /** Destroys the socket, and ends what waits for an answer. Does nothing if the connection is closed. */
    cleanup(error: Error): void;
    destroy(): void;
    command(namespace: object, command: Document, options: object): Promise<Document>;
  }
}
