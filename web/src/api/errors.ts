import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb';

/** The reason of a request that reached nobody. It is ours; all others are the services'. */
export const OFFLINE = 'OFFLINE';

/** The word for programs that says why something was not done; empty where nobody said. */
export function reasonOf(error: unknown): string {
  if (isNetworkFailure(error)) return OFFLINE;
  if (!(error instanceof ConnectError)) return '';
  return error.findDetails(ErrorInfoSchema)[0]?.reason ?? '';
}

/** The fields of the request that do not hold what they must. */
export function fieldsOf(error: ConnectError): string[] {
  return error.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations.map(({ field }) => field));
}

/** How long the service asks to wait before trying again; undefined where it does not. */
export function retryDelayOf(error: unknown): number | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6;
}

/** Whether trying the same again can help. A full quota says RESOURCE_EXHAUSTED too, but names no delay. */
export function isTransient(error: unknown): boolean {
  if (isNetworkFailure(error)) return true;
  if (!(error instanceof ConnectError)) return false;
  switch (error.code) {
    case Code.Unavailable:
    case Code.DeadlineExceeded:
      return true;
    case Code.ResourceExhausted:
    case Code.Aborted:
      return retryDelayOf(error) !== undefined;
    default:
      return false;
  }
}

/** Whether the browser got no answer at all. `fetch` says so by a TypeError, which connect wraps. */
export function isNetworkFailure(error: unknown): boolean {
  return error instanceof ConnectError && error.cause instanceof TypeError;
}

/** Whether the caller gave up by itself, so that nobody needs to be told. */
export function isCanceled(error: unknown): boolean {
  if (error instanceof DOMException && error.name === 'AbortError') return true;
  return error instanceof ConnectError && error.code === Code.Canceled;
}

/** Whether the service does not know who is asking. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unauthenticated;
}

/** Whether there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.NotFound;
}

/** Whether the service does not have this RPC (yet). */
export function isUnimplemented(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unimplemented;
}
