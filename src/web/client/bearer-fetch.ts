import type { Gatehouse } from './contract';

/** Where the tokens come from. */
interface Tokens extends Pick<Gatehouse, 'getAccessToken'> {
  tokenInsteadOf(refused: string): Promise<string | undefined>;
  noteRefusedAfresh(token: string): void;
}

/** `fetch` with the access token for these origins, as it is for all others. */
export function bearerFetch(tokens: Tokens, origins: readonly string[]): Gatehouse['fetch'] {
  return async (input, init) => {
    // A request can be sent once; the copy is for the first try.
    const request = new Request(input instanceof Request ? input.clone() : input, init);
    if (!origins.includes(originOf(request)) || request.headers.has('Authorization')) return fetch(request);
    const token = await unlessAborted(request.signal, tokens.getAccessToken());
    const response = await send(request, token);
    if (!token || !refusesToken(response, request) || init?.body instanceof ReadableStream) return response;
    const next = await unlessAborted(request.signal, tokens.tokenInsteadOf(token));
    if (!next) return response;
    void response.body?.cancel();
    const repeated = await send(new Request(input, init), next);
    if (repeated.status === 401) tokens.noteRefusedAfresh(next);
    return repeated;
  };
}

/** A redirect to another origin loses the header again: that is the browser's part (Fetch standard, HTTP-redirect fetch). */
function send(request: Request, token: string | undefined): Promise<Response> {
  if (token) request.headers.set('Authorization', `Bearer ${token}`);
  return fetch(request);
}

function originOf({ url }: { readonly url: string }): string {
  return new URL(url).origin;
}

/** Not so if a redirect has lost the token, or if a newer login is asked for, which no refresh is (RFC 9470). */
function refusesToken(response: Response, request: Request): boolean {
  return (
    response.status === 401 &&
    originOf(response) === originOf(request) &&
    !response.headers.get('WWW-Authenticate')?.includes('insufficient_user')
  );
}

/** Leaves a wait that others share when this one's request is aborted. The signal is the request's own, and goes with it. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  const aborted = new Promise<undefined>((end) => signal.addEventListener('abort', () => end(undefined)));
  const result = await Promise.race([work, aborted]);
  signal.throwIfAborted();
  return result;
}
