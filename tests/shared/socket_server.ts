/** What a server does with one connection, after a first read of the request. */
export type ServeSocket = (socket: Deno.TcpConn) => unknown;

/** Runs `use` against a TCP server on a free local port, and closes everything. */
export async function withSocketServer<T>(
  serve: ServeSocket,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const sockets: Deno.TcpConn[] = [];
  const accepting = acceptAll(listener, async (socket) => {
    sockets.push(socket);
    await socket.read(new Uint8Array(4096));
    await serve(socket);
  });
  try {
    return await use(listener.addr.port);
  } finally {
    listener.close();
    sockets.forEach(closeSocket);
    await accepting;
  }
}

/** Closes a connection, which may be closed already. */
export function closeSocket(socket: Deno.TcpConn): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** Writes the beginning of an answer that promises more than it brings. */
export async function answerHalf(socket: Deno.TcpConn): Promise<void> {
  const text = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a"';
  await socket.write(new TextEncoder().encode(text));
}

/** Returns a port on which nobody listens. */
export function closedPort(): number {
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  listener.close();
  return listener.addr.port;
}

async function acceptAll(
  listener: Deno.TcpListener,
  serve: (socket: Deno.TcpConn) => Promise<void>,
): Promise<void> {
  const served: Promise<void>[] = [];
  for await (const socket of listener) {
    // A test that is over closes sockets under the hands of their servers.
    served.push(serve(socket).catch(() => {}));
  }
  await Promise.all(served);
}
