import { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';

/** As `http.createServer`: this one server is served by Nova, whatever the others are. */
export function createServer<
  Request extends typeof IncomingMessage = typeof IncomingMessage,
  Response extends typeof ServerResponse = typeof ServerResponse,
>(requestListener?: RequestListener<Request, Response>): Server<Request, Response>;
export function createServer<
  Request extends typeof IncomingMessage = typeof IncomingMessage,
  Response extends typeof ServerResponse = typeof ServerResponse,
>(
  options: ServerOptions<Request, Response>,
  requestListener?: RequestListener<Request, Response>,
): Server<Request, Response>;

/** Has every `http.Server` of this thread served by Nova from its next `listen` on. */
export function register(): void;
